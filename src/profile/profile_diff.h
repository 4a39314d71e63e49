/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_diff: compares two profiles, function by function and line by line. Pure.
 *
 * The two profiles may come from different builds, other directories or edited sources, so functions and lines are
 * found again by what remains the same:
 *
 *   - Functions are paired if they have the same name and their files have the same name. If several functions have
 *     that, the ones that are most alike are paired first (directory, linkage name, object, line).
 *   - Lines with code are paired if they have the same text, apart from blanks around it, and come in the same order.
 *     If between two such pairs both profiles have the same number of other lines, these are taken to be the same
 *     lines, edited.
 *   - If a profile has no texts, lines are paired if they have the same distance from the first line of the function.
 *   - Lines in other files than the function's are paired likewise if their files have the same name; without texts, by
 *     their number.
 */
#ifndef LPROF_PROFILE_DIFF_H
#define LPROF_PROFILE_DIFF_H

#include "profile/profile.h"

struct profile_diff_line {
	const struct profile_line *before, *after; /* borrowed from the profiles; one of them may be NULL */
	const char
		*file; /* its file AFTER or, if it was only there before, before; NULL: the function's own; borrowed */
	const char *text;	  /* the text AFTER or, if that is unknown, before; borrowed, may be NULL */
	bool edited;		  /* both texts are known and differ */
	bool uncertain;		  /* the change is not larger than the uncertainties of both times */
	bool hits_alike;	  /* estimated hits, which differ by no more than those of both are uncertain */
	bool largest;		  /* has the largest change of time in its function that is not uncertain */
	int64_t change_ns;	  /* change of its time */
	double per_hit_change_ns; /* change of its time per hit; 0 unless hit before and after */
};

struct profile_diff_function {
	const struct profile_function *before, *after; /* borrowed from the profiles; one of them may be NULL */
	int64_t change_ns;
	struct profile_diff_line
		*lines; /* file by file, in the order of the source; none unless both BEFORE and AFTER are set */
	size_t n_lines;
};

struct profile_diff {
	const struct profile *before, *after;
	const char *before_name, *after_name; /* borrowed */
	struct profile_diff_function *functions;
	size_t n_functions;
};

/*
 * Compares two profiles. They must have the same clock, must outlive *out, and must have one table for each function
 * (profile_merge makes such a profile). Returns 0 or -ENOMEM; the caller must call profile_diff__release() in either
 * case.
 */
int profile_diff__compute(const struct profile *before, const struct profile *after, struct profile_diff *out);
void profile_diff__release(struct profile_diff *diff);

#endif

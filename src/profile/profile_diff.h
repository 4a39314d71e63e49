/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_diff: two profiles side by side. Pure.
 *
 * Functions are the same by name and file, those that are most alike first (linkage name, object, line), so that a
 * function is found again in another build, or another directory. Its lines with code are the same by their text,
 * indentation aside, in the same order; where all that is between two such lines are as many lines in one profile as
 * in the other, these are taken for the same ones edited. Of profiles without texts, lines are the same by their
 * distance from the function's first.
 */
#ifndef LPROF_PROFILE_DIFF_H
#define LPROF_PROFILE_DIFF_H

#include "profile/profile.h"

struct profile_diff_line {
	const struct profile_line *before, *after; /* borrowed from the profiles; one of them may be NULL */
	const char *text;			   /* borrowed, what it says after, or else said before; may be NULL */
	bool edited;				   /* its text is another */
	bool uncertain;				   /* the change is not larger than what is uncertain about the times */
	bool largest;				   /* the largest change of time in its function, and not uncertain */
	int64_t change_ns;			   /* of time */
	double per_hit_change_ns;		   /* 0 unless it was hit before and after */
};

struct profile_diff_function {
	const struct profile_function *before, *after; /* borrowed from the profiles; one of them may be NULL */
	int64_t change_ns;
	struct profile_diff_line *lines; /* in the order of the source; none unless both are there */
	size_t n_lines;
};

struct profile_diff {
	const struct profile *before, *after;
	const char *before_name, *after_name; /* borrowed */
	struct profile_diff_function *functions;
	size_t n_functions;
};

/*
 * Compares two profiles, which must be of the same clock and live longer than what comes out, and of which each has
 * one table a function (see profile_merge). 0 or -ENOMEM; profile_diff__release() is due in either case.
 */
int profile_diff__compute(const struct profile *before, const struct profile *after, struct profile_diff *out);
void profile_diff__release(struct profile_diff *diff);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ranking_diff: compares the sampled functions of two profiles by their own shares of the time on a processor. Shares
 * are compared and not times, since runs last for different times. Pure.
 *
 * Functions of the two profiles are the same if they have the same name and their files have the same name, in any
 * directory. Of code without debug information the name alone counts, since programs are renamed; and of code that has
 * no name, what it is called ("[unknown]") with the name of its object, without a library's version.
 */
#ifndef LPROF_RANKING_DIFF_H
#define LPROF_RANKING_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

/* What one profile knows. Several functions may be the same by the above; then these are sums. */
struct ranking_side {
	double share;	    /* own, from 0 to 1 */
	double uncertainty; /* two standard deviations of it */
};

struct ranking_change {
	const char *name, *file, *object;  /* those after or, if it was only seen there, before; borrowed */
	struct ranking_side before, after; /* shares of 0 where it was not seen */
	double change;			   /* of the share */
	double uncertainty;		   /* two standard deviations of the change */
	bool beyond_chance;		   /* the change is larger than that */
};

struct ranking_diff {
	/* Changes beyond chance first, and the larger ones first. */
	struct ranking_change *changes;
	size_t n, n_beyond_chance;
	uint64_t samples_before, samples_after; /* that found the programs on a processor */
};

/*
 * Compares the profiles, which must outlive *out. It is empty unless both were sampled. To be released with
 * ranking_diff__release(). 0 or -ENOMEM.
 */
int ranking_diff__make(const struct profile *before, const struct profile *after, struct ranking_diff *out);
void ranking_diff__release(struct ranking_diff *diff);

#endif

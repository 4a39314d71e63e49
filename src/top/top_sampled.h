/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_sampled: the functions that the live view knows from samples: since the start or the last reset. Pure. */
#ifndef LPROF_TOP_SAMPLED_H
#define LPROF_TOP_SAMPLED_H

#include "profile/profile.h"
#include "profile/ranking.h"

struct top_sampled {
	struct profile *since;	/* what was sampled since a reset; owned. NULL: all there is counts */
	struct ranking ranking; /* empty: nothing was sampled */
	/* The functions that are not in the profile, which carry no probes and have no lines: the hottest first. */
	const struct ranked **others;
	size_t n_others;
};

/*
 * Sets *sampled to what was sampled in NOW and not in BASE, which may be NULL. NOW must outlive it. To be released with
 * top_sampled__release(). 0 or -ENOMEM.
 */
int top_sampled__make(const struct profile *now, const struct profile *base, struct top_sampled *sampled);
void top_sampled__release(struct top_sampled *sampled);

/*
 * What the samples say of FUNCTION, which is one of NOW's; NULL: nothing, or nothing about its owner alone.
 */
const struct ranked *top_sampled__of(const struct top_sampled *sampled, const struct profile_function *function);

#endif

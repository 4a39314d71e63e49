/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ranking: the functions that were sampled, those first in which the processor spent most time. Pure.
 */
#ifndef LPROF_RANKING_H
#define LPROF_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "profile/stacks.h"

struct ranked {
	const struct stack_function *function; /* borrowed from the profile's stacks */
	/* The function of the profile whose lines are known; the first one of several owners. Borrowed. NULL: none */
	const struct profile_function *profiled;
	struct stack_times times;
	/* The function's parts of all time on a processor that the samples stand for, from 0 to 1. */
	double own_share, share;
	/* Two standard deviations of these shares: they are further from the truth once in twenty times. */
	double own_uncertainty, uncertainty;
	bool counted;		    /* it carried probes, so that `calls` is known */
	uint64_t calls;		    /* of all owners */
	uint64_t calls_uncertainty; /* as in struct profile_function */
};

struct ranking {
	struct ranked *functions;
	size_t n;
	struct stack_times total; /* of all samples */
	uint64_t cpu_samples;	  /* how many of these found the program on a processor */
};

/*
 * Ranks the functions in the stacks of PROFILE by their own time on a processor; those with equal times by their total
 * time there, then by what they waited, then by name. Without stacks the ranking is empty. To be released with
 * ranking__release(). 0 or -ENOMEM.
 */
int ranking__make(const struct profile *profile, struct ranking *ranking);
void ranking__release(struct ranking *ranking);

/* Two standard deviations of a SHARE of the time on a processor. It is 1 when fewer than two samples tell of it. */
double ranking__uncertainty(const struct ranking *ranking, double share);

/* Whether the two are the same function. */
bool ranking__are_same(const struct stack_function *sampled, const struct profile_function *profiled);

/* Whether the code of FUNCTION is in a file that has no debug information about it. */
bool ranked__lacks_debug_information(const struct ranked *function);

#endif

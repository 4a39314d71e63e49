/* SPDX-License-Identifier: GPL-2.0-or-later */
/* callgrind_costs: the costs of lines and of calls that the callgrind report writes, from a profile. Pure. */
#ifndef LPROF_CALLGRIND_COSTS_H
#define LPROF_CALLGRIND_COSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

#define CALLGRIND_OWN UINT32_MAX /* no callee */

/* All texts are borrowed from the profile. */
struct callgrind_function {
	const char *name, *file, *object;
	uint32_t line;
	struct profile_owner owner;
	const struct profile_function *profiled; /* NULL: it was sampled only */
	uint32_t group;				 /* the same for functions that readers cannot tell apart */
};

struct callgrind_cost {
	uint32_t function; /* index */
	uint32_t line;	   /* 0: not known */
	const char *file;  /* NULL: the function's own */
	uint32_t callee;   /* index of the function called there; CALLGRIND_OWN: these are costs of the line itself */
	uint64_t hits;
	uint64_t time_ns; /* of a call: what passed in it */
	uint64_t calls;	  /* how many; at least 1 */
};

struct callgrind_costs {
	bool sampled; /* times are own times, from samples; otherwise they include callees, and no call is known */
	struct callgrind_function *functions;
	size_t n_functions;
	/* Sorted by function, file (the function's own first), line and callee, with its own costs first; each once. */
	struct callgrind_cost *costs;
	size_t n_costs;
	uint64_t hits, time_ns; /* the sums over all lines */
};

/* To be released with callgrind_costs__release(), also after an error. 0 or -ENOMEM. */
int callgrind_costs__make(const struct profile *profile, struct callgrind_costs *costs);
void callgrind_costs__release(struct callgrind_costs *costs);

#endif

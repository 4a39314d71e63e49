/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attribute: from the kernel's edge counters to instructions. Pure.
 */
#ifndef LPROF_ATTRIBUTE_H
#define LPROF_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/edge.h"
#include "flow/plan.h"

/* How often control came to the end of SITE's edge, on which EDGE was counted. */
static inline uint64_t attribute__arrivals(const struct plan_site *site, int taken, const struct attribute_edge *edge)
{
	return site->called[taken] ? edge->arrivals : edge->departures;
}

/* What each instruction of a body did. */
struct attribution {
	const struct plan *plan;      /* borrowed */
	uint64_t *counts;	      /* times it was executed */
	uint64_t *next;		      /* times control went on from it to the following instruction */
	uint64_t *taken;	      /* times it went to the branch target */
	uint64_t *rooted;	      /* times it was entered from an unknown place */
	bool *unsure;		      /* its counts may be wrong, see blind.c */
	struct attribute_time *times; /* spent in it, what it calls included */
};

/*
 * Distributes EDGES (2 * n_sites of them, as in the plan) over the instructions of the body. Returns 0
 * and an attribution owned by the caller, or -ENOMEM. PLAN must outlive it.
 */
int attribute__insns(const struct plan *plan, const struct attribute_edge *edges, struct attribution **out);
void attribution__free(struct attribution *attribution);

/*
 * Static cost, in ns, of one passage of an edge when its path holds no long operation and touches no memory
 * but its own frame, otherwise a negative number. FRAME_POINTER: rbp is the frame pointer there.
 */
double attribute__static_cost(const struct plan *plan, uint32_t site, bool taken, bool frame_pointer);

/*
 * About how long one passage of an edge takes at least, in ns, by its instructions alone: what it calls, and waiting
 * for memory, come on top. Half and twice of that are common.
 */
double attribute__least_cost(const struct plan *plan, uint32_t site, bool taken);

#endif

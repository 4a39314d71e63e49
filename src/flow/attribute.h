/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attribute: from the kernel's edge counters to instructions. Pure.
 */
#ifndef LPROF_ATTRIBUTE_H
#define LPROF_ATTRIBUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/plan.h"

/* Time of the program itself, without the probes, in nanoseconds. */
struct attribute_time {
	double ns;
	double doubt_ns;   /* its standard deviation */
	double blocked_ns; /* of ns: off the processor by the program's own doing */
	double waiting_ns; /* not in ns: waiting for a processor */
};

/* What was counted on one edge. */
struct attribute_edge {
	uint64_t departures;
	uint64_t arrivals;
	struct attribute_time time;
};

/* What each instruction of a body did. */
struct attribution {
	const struct plan *plan;      /* borrowed */
	uint64_t *counts;	      /* times it was executed */
	uint64_t *next;		      /* times control went on from it to the following instruction */
	uint64_t *taken;	      /* times it went to the branch target */
	uint64_t *rooted;	      /* times it was entered from an unknown place */
	struct attribute_time *times; /* spent in it, what it calls included */
};

/* Adds SHARE of X to SUM. Doubts add up as they are: most of their causes are common to all. */
void attribute_time__add(struct attribute_time *sum, const struct attribute_time *x, double share);

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

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attribute: from the kernel's edge counters to instructions. Pure.
 */
#ifndef LPROF_ATTRIBUTE_H
#define LPROF_ATTRIBUTE_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

/* What was counted on one edge; as in struct lprof_edge, the cost of the probes taken off the time. */
struct attribute_edge {
	uint64_t departures;
	uint64_t arrivals;
	int64_t time_ns;
	uint64_t probe_ns; /* what was taken off */
};

/* What each instruction of a body did. */
struct attribution {
	const struct plan *plan; /* borrowed */
	uint64_t *counts;	 /* times it was executed */
	uint64_t *next;		 /* times control went on from it to the following instruction */
	uint64_t *taken;	 /* times it went to the branch target */
	uint64_t *rooted;	 /* times it was entered from an unknown place */
	double *time_ns;	 /* time spent in it, what it calls included */
	double *probe_ns;	 /* cost of probes that was taken off that time */
};

/*
 * Distributes EDGES (2 * n_sites of them, as in the plan) over the instructions of the body. Returns 0
 * and an attribution owned by the caller, or -ENOMEM. PLAN must outlive it.
 */
int attribute__insns(const struct plan *plan, const struct attribute_edge *edges, struct attribution **out);
void attribution__free(struct attribution *attribution);

/*
 * Static cost, in ns, of one passage of an edge when its path holds no long operation, otherwise a
 * negative number.
 */
double attribute__short_cost(const struct plan *plan, uint32_t site, bool taken);

#endif

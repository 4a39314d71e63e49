/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edge: what was counted on one way from a site to the next, and how much time it took.
 */
#ifndef LPROF_EDGE_H
#define LPROF_EDGE_H

#include <stdint.h>

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

/* Adds SHARE of X to SUM. Doubts add up as they are: most of their causes are common to all. */
static inline void attribute_time__add(struct attribute_time *sum, const struct attribute_time *x, double share)
{
	sum->ns += share * x->ns;
	sum->doubt_ns += share * x->doubt_ns;
	sum->blocked_ns += share * x->blocked_ns;
	sum->waiting_ns += share * x->waiting_ns;
}

#endif

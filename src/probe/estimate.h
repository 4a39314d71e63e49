/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * estimate: computes from what was measured on an edge the time that it would have taken without probes. Pure.
 */
#ifndef LPROF_ESTIMATE_H
#define LPROF_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/edge.h"
#include "lprof.h"

/*
 * What is known of a whole run. Times are in nanoseconds, summed over the profiled threads, each since its first hit.
 */
struct estimate_run {
	double cpu_ns;		 /* on a processor */
	double probe_ns;	 /* the part of cpu_ns that all hits cost by their calibrated prices */
	double price_doubt;	 /* relative standard deviation of the calibrated prices themselves */
	double n_samples;	 /* 0: there are none */
	double sampled_ns;	 /* the time that the samples stand for */
	double sampled_probe_ns; /* the part of sampled_ns that was inside probes */
	/* Summed over the edges whose own time is known from their instructions: */
	double plain_ns;       /* the measured time less the known one */
	double plain_probe_ns; /* the calibrated price of their probes */
};

/* Adds an edge to plain_ns and plain_probe_ns, unless STATIC_NS, which is as in estimate__edge(), is negative. */
void estimate_run__add(struct estimate_run *run, const struct lprof_edge *edge, double static_ns);

/* The factor by which calibrated prices are to be multiplied to hold in this run. */
struct estimate_scale {
	double factor;
	double doubt; /* standard deviation of the factor */
};

struct estimate_scale estimate__scale(const struct estimate_run *run);

/*
 * The edge's time without the probes, with its standard deviation. STATIC_NS is the time of one passage that follows
 * from its instructions alone; negative when these do not tell (calls, memory that may be far away). With CPU_ONLY,
 * time off the processor is left out.
 */
struct attribute_edge estimate__edge(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run,
				     const struct estimate_scale *scale, bool cpu_only);

#endif

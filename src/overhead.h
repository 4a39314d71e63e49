/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overhead: what the probes themselves cost in this run, so that it can be taken off. Pure.
 */
#ifndef LPROF_OVERHEAD_H
#define LPROF_OVERHEAD_H

#include <stddef.h>
#include <stdint.h>

/* An edge whose path holds no long operation: almost all of the time on it is the probe's. */
struct overhead_sample {
	uint64_t arrivals;
	double wall_ns;	  /* sum over the arrivals */
	double probe_ns;  /* calibrated cost of the probe hits in it */
	double static_ns; /* what its instructions take at least */
};

/*
 * The factor by which the calibrated prices must be multiplied to hold in this run, at most 1: a probe
 * cannot have cost more than the shortest intervals that contain it. SAMPLES are reordered. 1 when
 * there are too few arrivals to tell.
 */
double overhead__scale(struct overhead_sample *samples, size_t n);

#endif

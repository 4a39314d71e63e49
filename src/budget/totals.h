/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * totals: how often each edge was departed in a whole run, told from windows. Pure.
 */
#ifndef LPROF_TOTALS_H
#define LPROF_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "budget/window_log.h"
#include "budget/window_rates.h"
#include "flow/plan.h"

#define TOTALS_REPLICATES WINDOW_RATES_GROUPS

/*
 * What is estimated more than once, because the differences between the variants tell how uncertain a figure is. Any
 * figure that is computed from edges is to be computed from those of each variant; then see totals__uncertainty().
 */
enum totals_variant {
	TOTALS_BEST,	  /* the estimate */
	TOTALS_REPLICATE, /* the first of several that each leave out one group of windows */
	TOTALS_DEARER = TOTALS_REPLICATE + TOTALS_REPLICATES, /* if hits had cost more, by twice their price's doubt */
	TOTALS_HIDDEN, /* if what was never hit in a window was hit just as often as may well have escaped them */
	TOTALS_VARIANTS,
};

/* A body whose sites were counted in windows for all or a part of the run. */
struct totals_body {
	const struct plan *plan;
	uint32_t first_site; /* its sites are first_site ... first_site + plan->n_sites - 1 in the run */
	double own_ns;	     /* the targets' own time on a processor while the body was counted in windows only */
};

/* Of one edge. Numbers are of the time OWN_NS of its body; none is negative. */
struct totals_edge {
	double departures;
	double arrivals; /* as struct attribute_edge has them: how often control came to the edge's end */
};

/*
 * Estimates the edges of BODY from LOG. EDGES gets TOTALS_VARIANTS * 2 * plan->n_sites items, variant after variant.
 * 0; -ENODATA: no window had any site of the body, so all are 0; or -ENOMEM.
 */
int totals__estimate(const struct totals_body *body, const struct window_log *log, struct totals_edge *edges);

/* The half width of the 95 % interval of a figure that has VALUES in the variants. */
double totals__uncertainty(const double values[TOTALS_VARIANTS]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * totals: how often each edge was departed in a whole run, told from windows. Pure.
 */
#ifndef LPROF_TOTALS_H
#define LPROF_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "budget/window_log.h"
#include "flow/plan.h"

/* How many replicates there are: estimates that each leave out one group of windows, for intervals by the jackknife. */
#define TOTALS_REPLICATES 10

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
 * Estimates the edges of BODY from LOG. EDGES gets (1 + TOTALS_REPLICATES) * 2 * plan->n_sites items: first the
 * estimates, then each replicate. *SCALE_DOUBT gets the relative standard deviation that all edges have in common,
 * because the time of windows is not known exactly; the replicates do not show it. An edge whose site was in no window
 * has 0. 0 or -ENOMEM.
 */
int totals__estimate(const struct totals_body *body, const struct window_log *log, struct totals_edge *edges,
		     double *scale_doubt);

/* The half width of the 95 % interval of a figure VALUE, from its TOTALS_REPLICATES replicates and the common doubt. */
double totals__uncertainty(double value, const double replicates[TOTALS_REPLICATES], double scale_doubt);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spared_times: what was measured from one probe to the next, on ways through sites that carry none, as times of the
 * edges of the plan. Pure.
 */
#ifndef LPROF_SPARED_TIMES_H
#define LPROF_SPARED_TIMES_H

#include "flow/edge.h"
#include "flow/plan.h"

/*
 * COSTS has the static cost of each edge of PLAN (attribute__static_cost()). For each edge that leads to a spared site,
 * *PASSAGES gets that of the whole way to the next probe, in the mean of what the counts of EDGES tell, or a negative
 * number when it is not known for some part of it; for other edges what COSTS has. 0 or -ENOMEM.
 */
int spared_times__costs(const struct plan *plan, const struct attribute_edge *edges, const double *costs,
			double *passages);

/*
 * Spreads the time of each edge of EDGES that leads to a spared site over the edges on the way to the next probe, by
 * how often each was taken and how long its instructions take at least: COSTS has attribute__least_cost() of each edge.
 * Sums stay the same. 0 or -ENOMEM.
 */
int spared_times__spread(const struct plan *plan, const double *costs, struct attribute_edge *edges);

#endif

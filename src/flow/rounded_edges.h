/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rounded_edges: estimated counts of edges, after they were rounded to whole numbers. Pure. */
#ifndef LPROF_ROUNDED_EDGES_H
#define LPROF_ROUNDED_EDGES_H

#include "flow/edge.h"
#include "flow/plan.h"

/*
 * Takes away entries by roots that are nothing but errors of rounding. What is known of lines depends on whether
 * control comes to a place in an unknown way at all, so one entry among millions of hits would change their counts.
 * EDGES has 2 * n_sites items, as in the plan. 0 or -ENOMEM.
 */
int rounded_edges__settle(const struct plan *plan, struct attribute_edge *edges);

#endif

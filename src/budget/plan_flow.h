/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_flow: a plan as a network: what flows into each of its sites, and what else may come in or be lost. Pure.
 */
#ifndef LPROF_PLAN_FLOW_H
#define LPROF_PLAN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/plan.h"

struct plan_flow {
	const struct plan *plan; /* borrowed */
	uint32_t *in_first;	 /* the edges to site s are in[in_first[s]] ... in[in_first[s + 1] - 1] */
	uint32_t *in;
	bool *rooted; /* per site: control may come to it from an unknown place */
	bool *called; /* per site: an edge with a call leads to it, so that what departed there may never arrive */
};

/* 0 or -ENOMEM; to be released with plan_flow__release() in both cases. */
int plan_flow__init(struct plan_flow *flow, const struct plan *plan);
void plan_flow__release(struct plan_flow *flow);

/*
 * Whether the hits of SITE may differ from the departures of the edges that lead to it. The difference is called its
 * net: entries by a root, less calls that did not return.
 */
static inline bool plan_flow__has_net(const struct plan_flow *flow, uint32_t site)
{
	return flow->rooted[site] || flow->called[site];
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/plan_flow.h"

#include <errno.h>
#include <stdlib.h>

static void mark_roots(struct plan_flow *flow)
{
	const struct plan *plan = flow->plan;

	for (uint32_t k = 0; k < plan->n_blind_roots; k++) {
		uint32_t site = plan__walk_root(plan, plan->blind_roots[k], NULL, NULL);

		if (site < plan->n_sites)
			flow->rooted[site] = true;
	}
	/* Nothing known leads there, so something unknown does. */
	for (uint32_t s = 0; s < plan->n_sites; s++)
		flow->rooted[s] |= plan->sites[s].rooted || flow->in_first[s] == flow->in_first[s + 1];
}

static void mark_called(struct plan_flow *flow)
{
	const struct plan *plan = flow->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++)
		for (uint32_t k = flow->in_first[s]; k < flow->in_first[s + 1]; k++)
			flow->called[s] |= plan->sites[flow->in[k] / 2].called[flow->in[k] % 2];
}

int plan_flow__init(struct plan_flow *flow, const struct plan *plan)
{
	*flow = (struct plan_flow){.plan = plan};
	flow->in_first = calloc((size_t)plan->n_sites + 1, sizeof(*flow->in_first));
	flow->in = calloc((size_t)2 * plan->n_sites + 1, sizeof(*flow->in));
	flow->rooted = calloc((size_t)plan->n_sites + 1, sizeof(*flow->rooted));
	flow->called = calloc((size_t)plan->n_sites + 1, sizeof(*flow->called));
	if (!flow->in_first || !flow->in || !flow->rooted || !flow->called)
		return -ENOMEM;
	plan__list_in(plan, flow->in_first, flow->in);
	mark_called(flow);
	mark_roots(flow);
	return 0;
}

void plan_flow__release(struct plan_flow *flow)
{
	free(flow->in_first);
	free(flow->in);
	free(flow->rooted);
	free(flow->called);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/plan_flow.h"

#include <errno.h>
#include <stdlib.h>

/* Makes the lists of edges by the site where they end. */
static void list_edges(struct plan_flow *flow)
{
	const struct plan *plan = flow->plan;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (plan->sites[e / 2].next[e % 2] < plan->n_sites)
			flow->in_first[plan->sites[e / 2].next[e % 2]]++;
	for (uint32_t s = 0, sum = 0; s <= plan->n_sites; s++) {
		sum += flow->in_first[s];
		flow->in_first[s] = sum;
	}
	/* Now each item is where its site's edges end; filling the lists from behind makes it where they begin. */
	for (uint32_t e = 2 * plan->n_sites; e-- > 0;) {
		uint32_t next = plan->sites[e / 2].next[e % 2];

		if (next >= plan->n_sites)
			continue;
		flow->in[--flow->in_first[next]] = e;
		flow->called[next] |= plan->sites[e / 2].called[e % 2];
	}
}

static void ignore(uint32_t insn, enum plan_transfer transfer, void *ctx)
{
	(void)insn;
	(void)transfer;
	(void)ctx;
}

static void mark_roots(struct plan_flow *flow)
{
	const struct plan *plan = flow->plan;

	for (uint32_t k = 0; k < plan->n_roots; k++)
		flow->rooted[plan->roots[k].site] = true;
	for (uint32_t k = 0; k < plan->n_blind_roots; k++) {
		uint32_t site = plan__walk_root(plan, plan->blind_roots[k], ignore, NULL);

		if (site < plan->n_sites)
			flow->rooted[site] = true;
	}
	/* Nothing known leads there, so something unknown does. */
	for (uint32_t s = 0; s < plan->n_sites; s++)
		flow->rooted[s] |= flow->in_first[s] == flow->in_first[s + 1];
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
	list_edges(flow);
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

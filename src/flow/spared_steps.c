// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory: spared_choice.c. Where a variable tells the count of an edge, that edge is taken for known, and the others
 * form no cycle.
 */
#include "flow/spared_steps.h"

#include <errno.h>
#include <stdlib.h>

struct order {
	struct plan *plan;
	uint32_t *unknown;	 /* per site, and for the ground: how many unknown edges end at it */
	uint32_t *first, *edges; /* the unknown edges at site s: edges[first[s]] up to edges[first[s + 1]] */
	uint32_t *leaves;	 /* sites with one unknown edge */
	bool *solved;		 /* per edge */
};

static uint32_t next_node(const struct plan *plan, uint32_t e)
{
	return plan__node(plan, plan->sites[e / 2].next[e % 2]);
}

/* Lists the unknown edges at each site: those that leave it, and those that come to it. */
static void list_unknowns(struct order *order)
{
	const struct plan *plan = order->plan;
	uint32_t sum = 0;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		if (!plan->sites[e / 2].spared)
			continue;
		order->unknown[e / 2]++;
		order->unknown[next_node(plan, e)]++;
	}
	for (uint32_t s = 0; s <= plan->n_sites; s++) {
		sum += order->unknown[s];
		order->first[s] = sum;
	}
	order->first[plan->n_sites + 1] = sum;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		if (!plan->sites[e / 2].spared)
			continue;
		order->edges[--order->first[e / 2]] = e;
		order->edges[--order->first[next_node(plan, e)]] = e;
	}
}

/* The node at the other end of edge E, one end of which is SITE. */
static uint32_t other_end(const struct plan *plan, uint32_t e, uint32_t site)
{
	return e / 2 == site ? next_node(plan, e) : e / 2;
}

/* The last unknown edge at SITE, all but one of which are solved. */
static uint32_t last_unknown(const struct order *order, uint32_t site)
{
	for (uint32_t k = order->first[site]; k < order->first[site + 1]; k++)
		if (!order->solved[order->edges[k]])
			return order->edges[k];
	return CFG_NONE;
}

static void take_variables_for_known(struct order *order)
{
	const struct plan *plan = order->plan;

	for (uint32_t v = 0; v < plan->n_variables; v++) {
		uint32_t e = plan->variables[v].edge;

		order->solved[e] = true;
		order->unknown[e / 2]--;
		order->unknown[next_node(plan, e)]--;
	}
}

/* From leaf to leaf. */
static void solve(struct order *order)
{
	struct plan *plan = order->plan;
	uint32_t n = 0;

	for (uint32_t s = 0; s < plan->n_sites; s++)
		if (order->unknown[s] == 1)
			order->leaves[n++] = s;
	while (n) {
		uint32_t site = order->leaves[--n], e = last_unknown(order, site), other;

		if (e == CFG_NONE)
			continue; /* its edge was solved from the other end */
		other = other_end(plan, e, site);
		order->solved[e] = true;
		plan->steps[plan->n_steps++] = (struct plan_step){.site = site, .edge = e};
		order->unknown[site]--;
		if (--order->unknown[other] == 1 && other < plan->n_sites)
			order->leaves[n++] = other;
	}
}

static bool is_ordered(const struct plan *plan, uint32_t site)
{
	return site < plan->n_sites && plan->sites[site].spared && !plan->sites[site].variable;
}

/*
 * Lists the spared sites without a variable, each in front of those to which its edges lead. There is such an order,
 * since their edges form no cycle. A site is listed when all such sites that lead to it are; WAITING counts those that
 * are not.
 */
static void list_spared(struct plan *plan, uint32_t *waiting)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s <= plan->n_sites; s++)
		waiting[s] = 0;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (is_ordered(plan, e / 2))
			waiting[next_node(plan, e)]++;
	for (uint32_t s = 0; s < plan->n_sites; s++)
		if (is_ordered(plan, s) && !waiting[s])
			plan->spared[n++] = s;
	for (uint32_t k = 0; k < n; k++)
		for (uint32_t taken = 0; taken < 2; taken++) {
			uint32_t next = next_node(plan, 2 * plan->spared[k] + taken);

			if (!--waiting[next] && is_ordered(plan, next))
				plan->spared[n++] = next;
		}
	plan->n_ordered = n;
}

int spared_steps__order(struct plan *plan)
{
	size_t n = plan->n_sites;
	struct order order = {
		.plan = plan,
		.unknown = calloc(n + 1, sizeof(*order.unknown)),
		.first = calloc(n + 2, sizeof(*order.first)),
		.edges = calloc((size_t)4 * plan->n_spared + 1, sizeof(*order.edges)),
		.leaves = calloc(n + 1, sizeof(*order.leaves)),
		.solved = calloc(2 * n + 1, sizeof(*order.solved)),
	};
	int err = order.unknown && order.first && order.edges && order.leaves && order.solved ? 0 : -ENOMEM;

	plan->steps = calloc((size_t)2 * plan->n_spared + 1, sizeof(*plan->steps));
	plan->spared = calloc((size_t)plan->n_spared + 1, sizeof(*plan->spared));
	if (!plan->steps || !plan->spared)
		err = -ENOMEM;
	if (!err) {
		list_unknowns(&order);
		take_variables_for_known(&order);
		solve(&order);
		list_spared(plan, order.unknown);
	}
	free(order.unknown);
	free(order.first);
	free(order.edges);
	free(order.leaves);
	free(order.solved);
	return err;
}

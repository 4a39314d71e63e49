// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory: spared_choice.c. The balance of a site is what comes to it less what leaves it, of all that is known so far.
 * Each step makes known the one edge that balances a site, and so changes the balance of the site at its other end.
 * In the end, all balances of sites that control reaches along known edges only are zero.
 */
#include "flow/spared_counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow/attribute.h"

static void add_edge(const struct plan *plan, uint32_t e, const struct attribute_edge *edge, int64_t *balance)
{
	const struct plan_site *site = &plan->sites[e / 2];

	balance[e / 2] -= (int64_t)edge->departures;
	if (site->next[e % 2] < plan->n_sites)
		balance[site->next[e % 2]] += (int64_t)attribute__arrivals(site, e % 2, edge);
}

int spared_counts__solve(const struct plan *plan, const int64_t *excess, struct attribute_edge *edges,
			 uint32_t *n_wrong)
{
	int64_t *balance = calloc(plan->n_sites + 1ul, sizeof(*balance));

	*n_wrong = 0;
	if (!balance)
		return -ENOMEM;
	for (uint32_t s = 0; s < plan->n_sites; s++)
		balance[s] += excess[s];
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (!plan->sites[e / 2].spared)
			add_edge(plan, e, &edges[e], balance);
	for (uint32_t k = 0; k < plan->n_steps; k++) {
		const struct plan_step *step = &plan->steps[k];
		bool leaves = step->edge / 2 == step->site;
		int64_t n = leaves ? balance[step->site] : -balance[step->site];

		*n_wrong += n < 0;
		edges[step->edge].departures = edges[step->edge].arrivals = n < 0 ? 0 : (uint64_t)n;
		add_edge(plan, step->edge, &edges[step->edge], balance);
	}
	for (uint32_t s = 0; s < plan->n_sites; s++)
		*n_wrong += plan->n_spared && !plan->sites[s].rooted && balance[s] != 0;
	free(balance);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/rounded_edges.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow/attribute.h"

/*
 * Entries that are fewer than one in so many arrivals are such an error as well: an edge that was never seen to be
 * taken may be estimated at a few hits.
 */
#define NEGLIGIBLE 100000

struct settling {
	const struct plan *plan;
	struct attribute_edge *edges;
	int64_t *entries; /* of each site: hits that no arrival explains */
	int64_t *arrivals;
	uint32_t *n_in; /* edges that lead to it */
	bool *rooted;
};

static void sum_up(struct settling *it)
{
	const struct plan *plan = it->plan;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		const struct plan_site *site = &plan->sites[e / 2];
		int64_t arrivals = (int64_t)attribute__arrivals(site, (int)(e % 2), &it->edges[e]);
		uint32_t next = site->next[e % 2];

		it->entries[e / 2] += (int64_t)it->edges[e].departures;
		if (next >= plan->n_sites)
			continue;
		it->entries[next] -= arrivals;
		it->arrivals[next] += arrivals;
		it->n_in[next]++;
	}
	for (uint32_t k = 0; k < plan->n_roots; k++)
		it->rooted[plan->roots[k].site] = true;
}

static bool is_negligible(const struct settling *it, uint32_t site)
{
	int64_t most = it->arrivals[site] / NEGLIGIBLE + it->n_in[site] + 2;

	return it->arrivals[site] > NEGLIGIBLE && it->entries[site] <= most;
}

/* The edge to SITE that is taken most often, but from no site with such an error itself. 2 * n_sites: there is none. */
static uint32_t find_edge(const struct settling *it, uint32_t site)
{
	uint32_t none = 2 * it->plan->n_sites, best = none;

	for (uint32_t e = 0; e < none; e++) {
		uint32_t from = e / 2;

		if (it->plan->sites[from].next[e % 2] != site || from == site ||
		    (it->rooted[from] && is_negligible(it, from)))
			continue;
		if (best == none || it->edges[e].departures > it->edges[best].departures)
			best = e;
	}
	return best;
}

static void settle(struct settling *it)
{
	for (uint32_t k = 0; k < it->plan->n_roots; k++) {
		uint32_t site = it->plan->roots[k].site, e;

		if (it->entries[site] <= 0 || !is_negligible(it, site))
			continue;
		e = find_edge(it, site);
		if (e == 2 * it->plan->n_sites)
			continue;
		it->edges[e].departures += (uint64_t)it->entries[site];
		it->edges[e].arrivals += (uint64_t)it->entries[site];
		it->entries[e / 2] += it->entries[site];
		it->entries[site] = 0;
	}
}

int rounded_edges__settle(const struct plan *plan, struct attribute_edge *edges)
{
	struct settling it = {
		.plan = plan,
		.edges = edges,
		.entries = calloc(plan->n_sites + 1ul, sizeof(*it.entries)),
		.arrivals = calloc(plan->n_sites + 1ul, sizeof(*it.arrivals)),
		.n_in = calloc(plan->n_sites + 1ul, sizeof(*it.n_in)),
		.rooted = calloc(plan->n_sites + 1ul, sizeof(*it.rooted)),
	};
	int err = it.entries && it.arrivals && it.n_in && it.rooted ? 0 : -ENOMEM;

	if (!err) {
		sum_up(&it);
		settle(&it);
	}
	free(it.entries);
	free(it.arrivals);
	free(it.n_in);
	free(it.rooted);
	return err;
}

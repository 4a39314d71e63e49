// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A thread that departs on an edge to a spared site comes to the next probe on one of several ways. Which one
 * was not seen. It is taken that at each spared site the ways from there are taken in the proportion of their counts,
 * whatever led to the site. The spared sites are visited in an order in which each comes after those that lead to it,
 * so that its share of the passages is known when it is visited. Nothing on such a way takes long by itself (there is
 * no call), so that the instructions' static cost is a fair measure for sharing the time.
 *
 * Where a variable tells how often control went round a loop, there is no such order. There, all ways into the region
 * are taken together: their time belongs to them and to all edges of the region, by how often each was taken.
 */
#include "flow/spared_times.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a passage of the edge `from` does, on average. */
struct spread {
	const struct plan *plan;
	const struct attribute_edge *edges;
	double *share; /* per site: how many of the passages come to it. Zero for all but spared sites at hand */
};

/* Whether E leads from a probe to spared sites that have an order. */
static bool leads_to_ordered(const struct plan *plan, uint32_t e)
{
	uint32_t next = plan->sites[e / 2].next[e % 2];

	return !plan->sites[e / 2].spared && next < plan->n_sites && plan->sites[next].spared &&
	       !plan->sites[next].variable;
}

/*
 * Calls FN for each edge of a spared site that passages of FROM take, with the share of the passages that do. Leaves
 * the shares zero.
 */
static void each_part(const struct spread *spread, uint32_t from, void (*fn)(void *ctx, uint32_t e, double share),
		      void *ctx)
{
	const struct plan *plan = spread->plan;

	spread->share[plan->sites[from / 2].next[from % 2]] = 1;
	for (uint32_t k = 0; k < plan->n_ordered; k++) {
		uint32_t s = plan->spared[k];
		double share = spread->share[s], n;

		if (share <= 0)
			continue;
		spread->share[s] = 0;
		n = (double)spread->edges[2 * (size_t)s].departures +
		    (double)spread->edges[2 * (size_t)s + 1].departures;
		for (uint32_t e = 2 * s; e <= 2 * s + 1; e++) {
			double part = n > 0 ? share * (double)spread->edges[e].departures / n : share / 2;
			uint32_t next = plan->sites[s].next[e % 2];

			if (part <= 0)
				continue;
			fn(ctx, e, part);
			if (next < plan->n_sites && plan->sites[next].spared)
				spread->share[next] += part;
		}
	}
}

struct passage {
	const double *costs;
	double cost;
	bool unknown;
};

static void add_cost(void *ctx, uint32_t e, double share)
{
	struct passage *passage = ctx;

	passage->unknown |= passage->costs[e] < 0;
	passage->cost += share * passage->costs[e];
}

/* What all passes through the region of a variable do together. */
struct region {
	double n;	 /* how many passes */
	double cost;	 /* of the region's own edges */
	double entering; /* cost of the edges that lead there */
	bool unknown;
	struct attribute_time time;
};

/* One for each variable of PLAN; to be freed. NULL when out of memory. */
static struct region *find_regions(const struct plan *plan, const struct attribute_edge *edges, const double *costs)
{
	struct region *regions = calloc(plan->n_variables + 1ul, sizeof(*regions));

	for (uint32_t e = 0; regions && plan->n_variables && e < 2 * plan->n_sites; e++) {
		uint32_t entered = plan__edge_variable(plan, e / 2, e % 2), own = plan->sites[e / 2].variable;
		double n = (double)edges[e].departures;

		if (entered) {
			regions[entered - 1].n += n;
			regions[entered - 1].entering += n * costs[e];
			attribute_time__add(&regions[entered - 1].time, &edges[e].time, 1);
		} else if (own) {
			regions[own - 1].cost += n * costs[e];
			regions[own - 1].unknown |= costs[e] < 0;
		}
	}
	return regions;
}

/* Adds to the cost of each edge that leads to a region what a pass through it costs in the mean. */
static int add_region_costs(const struct plan *plan, const struct attribute_edge *edges, const double *costs,
			    double *passages)
{
	struct region *regions = find_regions(plan, edges, costs);
	int err = regions ? 0 : -ENOMEM;

	for (uint32_t e = 0; regions && plan->n_variables && e < 2 * plan->n_sites; e++) {
		uint32_t entered = plan__edge_variable(plan, e / 2, e % 2);

		if (!entered || passages[e] < 0)
			continue;
		if (regions[entered - 1].unknown)
			passages[e] = -1;
		else if (regions[entered - 1].n > 0)
			passages[e] += regions[entered - 1].cost / regions[entered - 1].n;
	}
	free(regions);
	return err;
}

/* Spreads the time of the edges that lead to a region over them and its own. */
static int spread_in_regions(const struct plan *plan, const double *costs, struct attribute_edge *edges)
{
	struct region *regions = find_regions(plan, edges, costs);
	int err = regions ? 0 : -ENOMEM;

	for (uint32_t e = 0; regions && plan->n_variables && e < 2 * plan->n_sites; e++) {
		uint32_t entered = plan__edge_variable(plan, e / 2, e % 2);
		uint32_t number = entered ? entered : plan->sites[e / 2].variable;
		const struct region *region = &regions[number ? number - 1 : 0];
		double cost = region->entering + region->cost;

		if (!number || cost <= 0)
			continue;
		edges[e].time = (struct attribute_time){0};
		attribute_time__add(&edges[e].time, &region->time, (double)edges[e].departures * costs[e] / cost);
	}
	free(regions);
	return err;
}

int spared_times__costs(const struct plan *plan, const struct attribute_edge *edges, const double *costs,
			double *passages)
{
	struct spread spread = {plan, edges, calloc(plan->n_sites + 1ul, sizeof(double))};

	if (!spread.share)
		return -ENOMEM;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		struct passage passage = {costs, costs[e], costs[e] < 0};

		if (leads_to_ordered(plan, e))
			each_part(&spread, e, add_cost, &passage);
		passages[e] = passage.unknown ? -1 : passage.cost;
	}
	free(spread.share);
	return add_region_costs(plan, edges, costs, passages);
}

struct sharing {
	struct attribute_edge *edges;
	const double *costs;
	struct attribute_time time; /* that is to be shared */
	double cost;		    /* of the whole passage */
};

static void add_time(void *ctx, uint32_t e, double share)
{
	const struct sharing *sharing = ctx;

	attribute_time__add(&sharing->edges[e].time, &sharing->time, share * sharing->costs[e] / sharing->cost);
}

int spared_times__spread(const struct plan *plan, const double *costs, struct attribute_edge *edges)
{
	struct spread spread = {plan, edges, calloc(plan->n_sites + 1ul, sizeof(double))};

	if (!spread.share)
		return -ENOMEM;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		struct passage passage = {.costs = costs, .cost = costs[e]};
		struct sharing sharing = {.edges = edges, .costs = costs, .time = edges[e].time};

		if (!leads_to_ordered(plan, e))
			continue;
		each_part(&spread, e, add_cost, &passage);
		if (passage.cost <= 0)
			continue;
		sharing.cost = passage.cost;
		edges[e].time = (struct attribute_time){0};
		attribute_time__add(&edges[e].time, &sharing.time, costs[e] / passage.cost);
		each_part(&spread, e, add_time, &sharing);
	}
	free(spread.share);
	return spread_in_regions(plan, costs, edges);
}

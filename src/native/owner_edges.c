// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/owner_edges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/attribute.h"
#include "flow/spared_counts.h"
#include "flow/spared_times.h"
#include "native/image_report.h"

/* Calls FN for each body, with the number of its first site in all images. Stops at and returns its first error. */
static int each_body(const struct owner_edges *edges, int (*fn)(void *ctx, struct body *body, size_t first), void *ctx)
{
	size_t first = 0;
	int err = 0;

	for (size_t i = 0; !err && i < edges->n_images; i++)
		for (size_t b = 0; !err && b < edges->images[i]->n_bodies; b++) {
			struct body *body = &edges->images[i]->bodies[b];

			err = fn(ctx, body, first);
			first += body->plan->n_sites;
		}
	return err;
}

static int find_least_costs(void *ctx, struct body *body, size_t first)
{
	struct owner_edges *edges = ctx;

	for (uint32_t e = 0; e < 2 * body->plan->n_sites; e++)
		edges->least_costs[2 * first + e] = attribute__least_cost(body->plan, e / 2, e % 2);
	return 0;
}

int owner_edges__init(struct owner_edges *edges, struct image *const *images, size_t n_images, size_t n_sites)
{
	double *costs;

	*edges = (struct owner_edges){
		.images = images,
		.n_images = n_images,
		.n_edges = 2 * n_sites,
		.items = calloc(2 * n_sites + 1, sizeof(*edges->items)),
		.costs = calloc(2 * n_sites + 1, sizeof(*edges->costs)),
		.least_costs = calloc(2 * n_sites + 1, sizeof(*edges->least_costs)),
		.passages = calloc(2 * n_sites + 1, sizeof(*edges->passages)),
		.excess = calloc(n_sites + 1, sizeof(*edges->excess)),
		.moved = calloc(n_sites + 1, sizeof(*edges->moved)),
	};
	if (!edges->items || !edges->costs || !edges->least_costs || !edges->passages || !edges->excess ||
	    !edges->moved)
		return -ENOMEM;
	costs = edges->costs;
	for (size_t i = 0; i < n_images; i++) {
		image__static_costs(images[i], costs);
		costs += 2 * (size_t)images[i]->n_sites;
	}
	return each_body(edges, find_least_costs, edges);
}

void owner_edges__release(struct owner_edges *edges)
{
	free(edges->items);
	free(edges->costs);
	free(edges->least_costs);
	free(edges->passages);
	free(edges->excess);
	free(edges->moved);
	*edges = (struct owner_edges){0};
}

/* The instruction of BODY in front of which a pass ended, as WHERE says; CFG_NONE: it had left the body. */
static uint32_t insn_at_end(const struct body *body, const struct lprof_pass *where, size_t first)
{
	uint32_t last = where->site - (uint32_t)first;
	const struct insn *hit = &body->cfg->insns[body->plan->sites[last].insn].insn;

	return spared_counts__place(body->plan, last, hit->addr + (uint64_t)(int64_t)where->offset);
}

struct passes {
	const struct owner_edges *edges;
	const struct counters *counters;
	const struct counters_owner *owner;
};

/* Adds passes that ended somewhere to what the balance of the body's sites, and its variables, tell. */
static void add_ended(const struct owner_edges *edges, const struct counters_pass *pass, struct body *body,
		      size_t first)
{
	const struct plan *plan = body->plan;
	uint32_t site = pass->where.site - (uint32_t)first, taken = pass->where.kind == LPROF_PASS_ENDED_TAKEN;
	uint32_t i = insn_at_end(body, &pass->where, first), ahead, variable;
	int64_t change;

	if (i == CFG_NONE)
		return;
	ahead = plan__walk_root(plan, i, NULL, NULL);
	if (ahead < plan->n_sites)
		edges->excess[first + ahead] -= (int64_t)pass->sum.n;
	variable = plan__edge_variable(plan, site, taken);
	if (variable && !spared_counts__ended(plan, i, variable, pass->sum.n, (int64_t)pass->sum.moved, &change))
		body->unbalanced = true;
	else if (variable)
		edges->moved[first + variable - 1] += change;
}

/* Adds what did not begin or end where it should have to what the balance of the body's sites tells. */
static int add_passes(void *ctx, struct body *body, size_t first)
{
	const struct passes *passes = ctx;

	body->unsettled = body->unbalanced = body->wrapped = false;
	for (size_t k = 0; body->plan->n_spared && k < passes->counters->n_passes; k++) {
		const struct counters_pass *pass = &passes->counters->passes[k];

		if (pass->where.owner != passes->owner->id || pass->where.site < first ||
		    pass->where.site - first >= body->plan->n_sites)
			continue;
		if (pass->where.kind == LPROF_PASS_BEGAN)
			passes->edges->excess[pass->where.site] += (int64_t)pass->sum.n;
		else if (pass->where.kind == LPROF_PASS_DOUBTED)
			body->wrapped = true;
		else
			add_ended(passes->edges, pass, body, first);
	}
	return 0;
}

/* Adds by how much variables changed on the ways that were travelled to their end. */
static void add_moved(const struct owner_edges *edges, const struct counters_owner *owner, const struct plan *plan,
		      size_t first)
{
	for (uint32_t e = 0; plan->n_variables && e < 2 * plan->n_sites; e++) {
		uint32_t variable = plan__edge_variable(plan, e / 2, e % 2);

		if (variable)
			edges->moved[first + variable - 1] += (int64_t)owner->edges[2 * first + e].moved;
	}
}

static bool was_hit(const struct plan *plan, const struct attribute_edge *edges)
{
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (edges[e].departures)
			return true;
	return false;
}

static int solve_body(void *ctx, struct body *body, size_t first)
{
	const struct passes *passes = ctx;
	const struct owner_edges *edges = passes->edges;
	struct attribute_edge *items = edges->items + 2 * first;
	uint32_t n_wrong;
	int err;

	if (!body->plan->n_spared || !was_hit(body->plan, items))
		return 0;
	add_moved(edges, passes->owner, body->plan, first);
	err = spared_counts__solve(body->plan, edges->excess + first, edges->moved + first, items, &n_wrong);
	if (err)
		return err;
	body->unsettled |= !passes->counters->settled;
	body->unbalanced |= passes->counters->settled && (n_wrong || passes->counters->stats.frames_dropped);
	return spared_times__costs(body->plan, items, edges->costs + 2 * first, edges->passages + 2 * first);
}

int owner_edges__count(struct owner_edges *edges, const struct counters *counters, const struct counters_owner *owner)
{
	struct passes passes = {.edges = edges, .counters = counters, .owner = owner};
	int err;

	for (size_t e = 0; e < edges->n_edges; e++)
		edges->items[e] = (struct attribute_edge){
			.departures = owner->edges[e].departures,
			.arrivals = owner->edges[e].arrivals,
		};
	memcpy(edges->passages, edges->costs, edges->n_edges * sizeof(*edges->costs));
	memset(edges->excess, 0, edges->n_edges / 2 * sizeof(*edges->excess));
	memset(edges->moved, 0, edges->n_edges / 2 * sizeof(*edges->moved));
	err = each_body(edges, add_passes, &passes);
	return err ? err : each_body(edges, solve_body, &passes);
}

void owner_edges__weigh(const struct owner_edges *edges, const struct counters_owner *owner, struct estimate_run *run)
{
	for (size_t e = 0; e < edges->n_edges; e++)
		estimate_run__add(run, &owner->edges[e], edges->passages[e]);
}

static int spread_body(void *ctx, struct body *body, size_t first)
{
	const struct owner_edges *edges = ctx;

	return body->plan->n_spared && was_hit(body->plan, edges->items + 2 * first)
		       ? spared_times__spread(body->plan, edges->least_costs + 2 * first, edges->items + 2 * first)
		       : 0;
}

int owner_edges__time(struct owner_edges *edges, const struct counters_owner *owner, const struct estimate_run *run,
		      const struct estimate_scale *scale, bool cpu_only)
{
	for (size_t e = 0; e < edges->n_edges; e++)
		edges->items[e].time = estimate__edge(&owner->edges[e], edges->passages[e], run, scale, cpu_only).time;
	return each_body(edges, spread_body, edges);
}

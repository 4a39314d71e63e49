// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Executions. The kernel counts, for each edge, how often control departed from the site where it begins and how often
 * it arrived at the site where it ends. The path between them is fixed (plan_build.c), so these two numbers tell what
 * each instruction on it did: what lies on the path up to and including its first call ran as often as the edge was
 * departed; what lies behind the call ran as often as it arrived, since a call may throw or never return. On a path
 * without a call both must be the same; there the departures are taken for both, because a departure needs no state in
 * the kernel, while an arrival is missed when the call's frame was lost.
 *
 * Entries by a root. When the site of a root was hit more often than the known edges that end there arrived, the rest
 * came in by the root.
 *
 * Restarts. A function that asks for a larger stack and begins anew (restart.c) was entered once, though the sites at
 * its beginning were hit twice. So a departure on an edge that leads to the restart is dropped, and so is one departure
 * on each edge on the way to it from the entry.
 *
 * Time. The time between two sites belongs to the instructions on the path. If one of them can take long by itself (a
 * call, a system call, a rep string instruction), the others get their static cost each, and it gets the remainder. If
 * none can, they share the time in proportion to their static costs. If the time is less than the static costs, all are
 * scaled down, and doubtful by what they lack. So the sum over the instructions is always the sum over the edges. How
 * doubtful the edge's time is, and how much of it was spent off the processor, goes to the long operation where there
 * is one. What lies before the first site of a root is measured by nothing: its static cost is its doubt.
 */
#include "flow/attribute.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/blind.h"

/* Two walks along an edge's path: the first counts, the second gives each instruction its share of the time. */
struct path_pass {
	struct attribution *result;
	const struct cfg *cfg;
	uint64_t before; /* executions of what lies before the first call returns */
	uint64_t after;	 /* executions of what lies behind */
	bool called;
	double cost;	  /* static cost of the path, in ns */
	double cost_long; /* static cost of its long operation */
	uint32_t long_op; /* the long operation that gets the remainder, or CFG_NONE */
	/* Set between the two walks: */
	struct attribute_time shared;	 /* by static cost among all instructions */
	struct attribute_time remainder; /* what the long operation gets on top */
};

static void count_insn(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct path_pass *pass = ctx;
	const struct insn *insn = &pass->cfg->insns[i].insn;
	uint64_t n;

	pass->result->counts[i] += pass->called ? pass->after : pass->before;
	pass->cost += insn->cost / 100.0;
	if (insn->lng != INSN_SHORT && pass->long_op == CFG_NONE)
		pass->long_op = i;
	pass->called |= insn->lng == INSN_LONG_CALL;
	n = pass->called ? pass->after : pass->before;
	if (transfer == PLAN_TRANSFER_NEXT)
		pass->result->next[i] += n;
	else if (transfer == PLAN_TRANSFER_TAKEN)
		pass->result->taken[i] += n;
}

static void time_insn(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct path_pass *pass = ctx;
	struct attribute_time *time = &pass->result->times[i];

	(void)transfer;
	if (pass->cost > 0)
		attribute_time__add(time, &pass->shared, pass->cfg->insns[i].insn.cost / 100.0 / pass->cost);
	if (i != pass->long_op)
		return;
	attribute_time__add(time, &pass->remainder, 1);
	pass->long_op = CFG_NONE; /* so that it gets the remainder only once, should the path pass it again */
}

static void distribute_edge(struct attribution *result, uint32_t s, int taken, const struct attribute_edge *edge)
{
	const struct plan *plan = result->plan;
	struct path_pass pass = {.result = result, .cfg = plan->cfg, .long_op = CFG_NONE};
	double expected;

	if (!edge->departures && edge->time.ns <= 0)
		return;
	pass.before = edge->departures;
	pass.after = attribute__arrivals(&plan->sites[s], taken, edge);
	/* Where nothing tells how often a call returned, the best guess is that it always did. */
	if (plan->sites[s].blind[taken] && plan->sites[s].next[taken] >= plan->n_sites)
		pass.after = edge->departures;
	plan__walk_edge(plan, s, taken, count_insn, &pass);
	expected = pass.cost * (double)(edge->arrivals ? edge->arrivals : edge->departures);
	if (pass.long_op == CFG_NONE) {
		pass.shared = edge->time;
	} else {
		pass.remainder = edge->time;
		pass.shared.ns = edge->time.ns < expected ? edge->time.ns : expected;
		pass.shared.doubt_ns = expected - pass.shared.ns;
		pass.remainder.ns -= pass.shared.ns;
	}
	plan__walk_edge(plan, s, taken, time_insn, &pass);
}

struct root_pass {
	struct attribution *result;
	uint64_t n;
};

static void count_rooted(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct root_pass *pass = ctx;

	pass->result->times[i].doubt_ns += (double)pass->n * pass->result->plan->cfg->insns[i].insn.cost / 100.0;
	pass->result->counts[i] += pass->n;
	if (transfer == PLAN_TRANSFER_NEXT)
		pass->result->next[i] += pass->n;
	else if (transfer == PLAN_TRANSFER_TAKEN)
		pass->result->taken[i] += pass->n;
}

/*
 * The hits of each site that no arrival of a known edge explains are entries by the root that has the site. UNEXPLAINED
 * has one item for each site, zero at first.
 */
static void distribute_roots(struct attribution *result, const struct attribute_edge *edges, int64_t *unexplained)
{
	const struct plan *plan = result->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++) {
		const struct plan_site *site = &plan->sites[s];

		for (int taken = 0; taken < 2; taken++) {
			const struct attribute_edge *edge = &edges[2 * s + taken];

			unexplained[s] += (int64_t)edge->departures;
			if (site->next[taken] < plan->n_sites)
				unexplained[site->next[taken]] -= (int64_t)attribute__arrivals(site, taken, edge);
		}
	}
	for (uint32_t k = 0; k < plan->n_roots; k++) {
		const struct plan_root *root = &plan->roots[k];
		struct root_pass pass = {.result = result};

		/* It is negative when edges were under way while the counters were read. */
		if (unexplained[root->site] <= 0)
			continue;
		pass.n = (uint64_t)unexplained[root->site];
		result->rooted[root->insn] += pass.n;
		plan__walk_root(plan, root->insn, count_rooted, &pass);
	}
}

static struct attribution *new_attribution(const struct plan *plan)
{
	struct attribution *result = calloc(1, sizeof(*result));
	uint32_t n = plan->cfg->n_insns;

	if (!result)
		return NULL;
	result->plan = plan;
	result->counts = calloc(n, sizeof(*result->counts));
	result->next = calloc(n, sizeof(*result->next));
	result->taken = calloc(n, sizeof(*result->taken));
	result->rooted = calloc(n, sizeof(*result->rooted));
	result->unsure = calloc(n, sizeof(*result->unsure));
	result->times = calloc(n, sizeof(*result->times));
	if (!result->counts || !result->next || !result->taken || !result->rooted || !result->unsure ||
	    !result->times) {
		attribution__free(result);
		return NULL;
	}
	return result;
}

/* The edge on which control came to site S from another check of the stack, or CFG_NONE. */
static uint32_t check_before(const struct plan *plan, uint32_t s)
{
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (plan->sites[e / 2].restart[!(e % 2)] && plan->sites[e / 2].next[e % 2] == s)
			return e;
	return CFG_NONE;
}

static void drop_restarts(const struct plan *plan, struct attribute_edge *edges)
{
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		for (int taken = 0; taken < 2; taken++) {
			uint64_t n = edges[2 * s + taken].departures;

			if (!plan->sites[s].restart[taken])
				continue;
			edges[2 * s + taken] = (struct attribute_edge){0};
			for (uint32_t e = check_before(plan, s); e != CFG_NONE; e = check_before(plan, e / 2))
				edges[e].departures -= n < edges[e].departures ? n : edges[e].departures;
		}
	}
}

/* EDGES without the restarts: a new array, owned by the caller. NULL when out of memory. */
static struct attribute_edge *without_restarts(const struct plan *plan, const struct attribute_edge *edges)
{
	size_t n = 2 * (size_t)plan->n_sites;
	struct attribute_edge *own = calloc(n + 1, sizeof(*own));

	if (!own)
		return NULL;
	if (n)
		memcpy(own, edges, n * sizeof(*own));
	drop_restarts(plan, own);
	return own;
}

int attribute__insns(const struct plan *plan, const struct attribute_edge *edges, struct attribution **out)
{
	struct attribution *result = new_attribution(plan);
	int64_t *unexplained = calloc(plan->n_sites ? plan->n_sites : 1, sizeof(*unexplained));
	struct attribute_edge *own = without_restarts(plan, edges);
	int err;

	if (!result || !unexplained || !own) {
		attribution__free(result);
		free(unexplained);
		free(own);
		return -ENOMEM;
	}
	for (uint32_t s = 0; s < plan->n_sites; s++)
		for (int taken = 0; taken < 2; taken++)
			distribute_edge(result, s, taken, &own[2 * s + taken]);
	distribute_roots(result, own, unexplained);
	err = blind__mark(plan, own, &(struct blind_counts){result->counts, result->rooted, result->unsure});
	free(unexplained);
	free(own);
	if (err)
		attribution__free(result);
	else
		*out = result;
	return err;
}

void attribution__free(struct attribution *attribution)
{
	if (!attribution)
		return;
	free(attribution->counts);
	free(attribution->next);
	free(attribution->taken);
	free(attribution->rooted);
	free(attribution->unsure);
	free(attribution->times);
	free(attribution);
}

struct cost_pass {
	const struct cfg *cfg;
	bool frame_pointer;
	double cost;
	bool unknown; /* something on the path may take longer than its instructions say */
};

static void add_cost(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct cost_pass *pass = ctx;
	const struct insn *insn = &pass->cfg->insns[i].insn;

	(void)transfer;
	pass->cost += insn->cost / 100.0;
	pass->unknown |= insn->lng != INSN_SHORT || insn->memory == INSN_MEMORY_OTHER ||
			 (insn->memory == INSN_MEMORY_FRAME && !pass->frame_pointer);
}

double attribute__static_cost(const struct plan *plan, uint32_t site, bool taken, bool frame_pointer)
{
	struct cost_pass pass = {.cfg = plan->cfg, .frame_pointer = frame_pointer};

	plan__walk_edge(plan, site, taken, add_cost, &pass);
	return pass.unknown ? -1 : pass.cost;
}

double attribute__least_cost(const struct plan *plan, uint32_t site, bool taken)
{
	struct cost_pass pass = {.cfg = plan->cfg};

	plan__walk_edge(plan, site, taken, add_cost, &pass);
	return pass.cost;
}

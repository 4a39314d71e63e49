// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Rules (3) to (6) of plan_build.c are rules for the path of one edge. So each edge's path is walked
 * from its site on, until it comes to another site or leaves the scope. Where a rule wants a site on the path, the
 * cheapest instruction since the last long operation becomes one (for a cycle, the cheapest of all), and the walk
 * ends. The edges of the new site are walked in their turn, until no site is left whose edges were not.
 */
#include "flow/plan_edges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int plan_edges__init(struct plan_edges *edges, struct plan *plan, const uint32_t *lines, const uint32_t *prices)
{
	uint32_t n = plan->cfg->n_insns;

	*edges = (struct plan_edges){.cfg = plan->cfg, .plan = plan, .lines = lines, .prices = prices};
	edges->stamp = calloc(n, sizeof(*edges->stamp));
	edges->entrance = calloc(n, sizeof(*edges->entrance));
	edges->work = calloc(n, sizeof(*edges->work));
	edges->blind = calloc(n, sizeof(*edges->blind));
	return edges->stamp && edges->entrance && edges->work && edges->blind ? 0 : -ENOMEM;
}

void plan_edges__release(struct plan_edges *edges)
{
	free(edges->stamp);
	free(edges->entrance);
	free(edges->work);
	free(edges->blind);
}

uint32_t plan_edges__price(const struct plan_edges *edges, uint32_t i)
{
	const struct insn *insn = &edges->cfg->insns[i].insn;

	return insn->probe >= INSN_PROBE_CLASSES ? UINT32_MAX : edges->prices[insn->probe] + insn->last_resort;
}

void plan_edges__add_site(struct plan_edges *edges, uint32_t i)
{
	if (edges->plan->site_of[i])
		return;
	edges->plan->site_of[i] = 1;
	edges->work[edges->n_work++] = i;
}

/* The path of one edge while it is being settled. */
struct path {
	uint32_t long_op;    /* the last long operation passed, or CFG_NONE */
	uint32_t best;	     /* cheapest instruction since then that could carry a site, or CFG_NONE */
	uint32_t best_cycle; /* cheapest instruction of the whole path */
};

static void path__consider(const struct plan_edges *edges, struct path *path, uint32_t i)
{
	uint32_t price = plan_edges__price(edges, i);

	if (price == UINT32_MAX)
		return;
	if (path->best == CFG_NONE || price < plan_edges__price(edges, path->best))
		path->best = i;
	if (path->best_cycle == CFG_NONE || price < plan_edges__price(edges, path->best_cycle))
		path->best_cycle = i;
}

/* (3) Whether the long operation at I may not share an edge with the one passed before. */
static bool conflicts(const struct plan_edges *edges, const struct path *path, uint32_t i)
{
	const struct insn *before, *insn = &edges->cfg->insns[i].insn;

	if (path->long_op == CFG_NONE || insn->lng == INSN_SHORT)
		return false;
	before = &edges->cfg->insns[path->long_op].insn;
	return before->lng == INSN_LONG_CALL || edges->lines[path->long_op] != edges->lines[i];
}

/* Makes BEST a site. Returns whether there is none, so that the place in front of instruction AT is blind. */
static bool place_best(struct plan_edges *edges, uint32_t best, uint32_t at)
{
	if (best != CFG_NONE)
		plan_edges__add_site(edges, best);
	else
		edges->blind[at] = true;
	return best == CFG_NONE;
}

/*
 * (4) Whether the path, where control leaves instruction I out of it by TRANSFER, has a long operation behind it and no
 * site since.
 */
static bool is_unbounded(const struct plan_edges *edges, const struct path *path, uint32_t i,
			 enum plan_transfer transfer)
{
	if (path->long_op == CFG_NONE || path->long_op == i)
		return false;
	/* An indirect jump leads anywhere, also to the landing pad that the call before it may throw to. */
	return transfer == PLAN_TRANSFER_ANY || !edges->cfg->insns[i].noreturn;
}

/* (6) Whether the path comes to the site TO, where frames begin, from a call that may have been left otherwise. */
static bool is_ambiguous(const struct plan_edges *edges, const struct path *path, uint32_t to)
{
	return edges->entrance[to] && path->long_op != CFG_NONE &&
	       edges->cfg->insns[path->long_op].insn.lng == INSN_LONG_CALL;
}

/*
 * (3) to (6) for one edge of the site at START. Returns whether its path wants a site where no instruction can carry
 * one.
 */
static bool settle_edge(struct plan_edges *edges, uint32_t start, bool taken)
{
	struct path path = {CFG_NONE, CFG_NONE, CFG_NONE};
	bool blind = false;

	edges->walk++;
	for (uint32_t i = start, to;; i = to) {
		enum plan_transfer transfer;

		edges->stamp[i] = edges->walk;
		if (i != start)
			path__consider(edges, &path, i);
		if (conflicts(edges, &path, i)) {
			if (!place_best(edges, path.best, i))
				return blind;
			blind = true;
		}
		if (edges->cfg->insns[i].insn.lng != INSN_SHORT) {
			path.long_op = i;
			path.best = CFG_NONE;
		}
		transfer = plan__step(edges->plan, i, i == start, taken, &to);
		if (transfer == PLAN_TRANSFER_ANY || transfer == PLAN_TRANSFER_OUT)
			return (is_unbounded(edges, &path, i, transfer) && place_best(edges, path.best, i)) || blind;
		if (edges->plan->site_of[to])
			return (is_ambiguous(edges, &path, to) && place_best(edges, path.best, to)) || blind;
		if (edges->stamp[to] == edges->walk)
			return place_best(edges, path.best_cycle, to) || blind;
	}
}

void plan_edges__settle(struct plan_edges *edges)
{
	while (edges->n_work) {
		uint32_t i = edges->work[--edges->n_work];

		settle_edge(edges, i, false);
		if (edges->cfg->insns[i].insn.flow == INSN_FLOW_COND)
			settle_edge(edges, i, true);
	}
}

static int number_sites(struct plan_edges *edges)
{
	struct plan *plan = edges->plan;
	uint32_t n = 0;

	for (uint32_t i = 0; i < edges->cfg->n_insns; i++)
		n += edges->plan->site_of[i] != 0;
	plan->sites = calloc(n ? n : 1, sizeof(*plan->sites));
	if (!plan->sites)
		return -ENOMEM;
	for (uint32_t i = 0; i < edges->cfg->n_insns; i++) {
		if (!edges->plan->site_of[i])
			continue;
		plan->predicted_ns += plan_edges__price(edges, i);
		plan->sites[plan->n_sites].insn = i;
		edges->plan->site_of[i] = ++plan->n_sites;
	}
	return 0;
}

struct call_note {
	const struct cfg *cfg;
	bool called;
};

static void note_call(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct call_note *note = ctx;

	(void)transfer;
	note->called |= note->cfg->insns[i].insn.lng == INSN_LONG_CALL;
}

static bool is_restart(const struct plan *plan, uint32_t i, int taken)
{
	const struct cfg_insn *insn = &plan->cfg->insns[i];
	uint32_t to = taken ? insn->taken : insn->next;

	return insn->insn.flow == INSN_FLOW_COND && to != CFG_NONE && plan->cfg->insns[to].restart;
}

/* Whether the conditional jump I leads on that way to where the body goes on with another stack. */
static bool is_move(const struct plan *plan, uint32_t i, int taken)
{
	const struct cfg_insn *insn = &plan->cfg->insns[i];
	uint32_t to = taken ? insn->taken : insn->next;
	uint64_t addr = taken ? insn->insn.target : insn->insn.addr + insn->insn.len;

	return insn->insn.flow == INSN_FLOW_COND && to != CFG_NONE && (plan->cfg->insns[to].root & CFG_ROOT_STACK) &&
	       plan->cfg->insns[to].insn.addr != addr;
}

static void resolve_edges(struct plan_edges *edges)
{
	struct plan *plan = edges->plan;

	memset(edges->blind, 0, plan->cfg->n_insns * sizeof(*edges->blind));
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		struct plan_site *site = &plan->sites[s];

		for (int taken = 0; taken < 2; taken++) {
			struct call_note note = {.cfg = plan->cfg};

			site->restart[taken] = is_restart(plan, site->insn, taken);
			site->moves[taken] = is_move(plan, site->insn, taken);
			site->next[taken] = plan__walk_edge(plan, s, taken, note_call, &note);
			site->called[taken] = note.called;
			/* All is settled: this places no site, but tells what was left unsettled. */
			site->blind[taken] = settle_edge(edges, site->insn, taken);
		}
	}
	for (uint32_t i = 0; i < plan->cfg->n_insns; i++)
		plan->n_blind += edges->blind[i];
}

int plan_edges__number(struct plan_edges *edges)
{
	if (number_sites(edges))
		return -ENOMEM;
	resolve_edges(edges);
	return 0;
}

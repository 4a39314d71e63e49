// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * After Ball and Larus ("Optimally Profiling and Tracing Programs", 1994) a profile of all edges needs
 * probes only where control flow is not determined by what is probed already. Theirs is the minimum
 * for counting; a uprobe at a conditional jump sees both outcomes at once (from the flags), is one of
 * the cheap instructions, and needs no flow equations that an exception or a killed process breaks.
 * So:
 *
 * (1) Every conditional jump is a site. Between two conditional jumps control flow is fixed, except
 * (2) where it comes in from unknown places ("roots": the function's entry, targets of indirect jumps,
 *     landing pads, code without a known predecessor, code of the scope entered from outside of it).
 *     Each root has a site of its own that tells how often it was entered (plan_roots.c).
 * (3) An edge's path holds at most one call. What lies before and including the call has been executed
 *     when the edge was departed, what lies behind it when the edge arrived. A second call, and a long
 *     operation (syscall, rep string) of another line, is separated by a site from the first.
 * (4) A path that leaves the function, or jumps indirectly, after a long operation has a site between the
 *     two, since otherwise the operation would be unbounded in time and its return uncounted.
 * (5) Every cycle holds a site.
 *
 * Invariants, which attribute.c relies on: the path of an edge is unique; the first site on the way from
 * a root is no other root's, and there is no call before it (so what its hits exceed the arrivals of
 * the known edges that end there is entries from that root).
 *
 * A conditional branch that cannot be evaluated or cannot carry a probe ends a path as an indirect jump
 * does: its successors are roots.
 */
#include "flow/plan_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/plan_builder.h"

uint32_t plan_builder__price(const struct plan_builder *b, uint32_t i)
{
	uint8_t probe = b->cfg->insns[i].insn.probe;

	return probe >= INSN_PROBE_CLASSES ? UINT32_MAX : b->input->prices[probe];
}

void plan_builder__add_site(struct plan_builder *b, uint32_t i)
{
	if (b->plan->site_of[i])
		return;
	b->plan->site_of[i] = 1;
	b->work[b->n_work++] = i;
}

/* The path of one edge while it is being settled. */
struct path {
	uint32_t long_op;    /* the last long operation passed, or CFG_NONE */
	uint32_t best;	     /* cheapest instruction since then that could carry a site, or CFG_NONE */
	uint32_t best_cycle; /* cheapest instruction of the whole path */
};

static void path__consider(const struct plan_builder *b, struct path *path, uint32_t i)
{
	uint32_t price = plan_builder__price(b, i);

	if (price == UINT32_MAX)
		return;
	if (path->best == CFG_NONE || price < plan_builder__price(b, path->best))
		path->best = i;
	if (path->best_cycle == CFG_NONE || price < plan_builder__price(b, path->best_cycle))
		path->best_cycle = i;
}

/* (3) Whether the long operation at I may not share an edge with the one passed before. */
static bool conflicts(const struct plan_builder *b, const struct path *path, uint32_t i)
{
	const struct insn *before, *insn = &b->cfg->insns[i].insn;

	if (path->long_op == CFG_NONE || insn->lng == INSN_SHORT)
		return false;
	before = &b->cfg->insns[path->long_op].insn;
	return before->lng == INSN_LONG_CALL || b->input->lines[path->long_op] != b->input->lines[i];
}

static void place_best(struct plan_builder *b, uint32_t best)
{
	if (best == CFG_NONE)
		b->plan->n_blind++;
	else
		plan_builder__add_site(b, best);
}

/* (3), (4), (5) for one edge of the site at START. */
static void settle_edge(struct plan_builder *b, uint32_t start, bool taken)
{
	struct path path = {CFG_NONE, CFG_NONE, CFG_NONE};
	uint32_t i = start, to;

	b->walk++;
	for (;;) {
		const struct cfg_insn *insn = &b->cfg->insns[i];
		enum plan_transfer transfer;

		b->stamp[i] = b->walk;
		if (i != start)
			path__consider(b, &path, i);
		if (conflicts(b, &path, i)) {
			if (path.best != CFG_NONE) {
				plan_builder__add_site(b, path.best);
				return;
			}
			b->plan->n_blind++;
		}
		if (insn->insn.lng != INSN_SHORT) {
			path.long_op = i;
			path.best = CFG_NONE;
		}
		transfer = plan__step(b->plan, i, i == start, taken, &to);
		if (transfer == PLAN_TRANSFER_ANY) {
			/* Anywhere includes the landing pad that the call may throw to. */
			if (path.long_op != CFG_NONE && path.long_op != i)
				place_best(b, path.best);
			return;
		}
		if (transfer == PLAN_TRANSFER_OUT) {
			if (path.long_op != CFG_NONE && !insn->noreturn && path.long_op != i)
				place_best(b, path.best);
			return;
		}
		if (b->plan->site_of[to])
			return;
		if (b->stamp[to] == b->walk) {
			place_best(b, path.best_cycle);
			return;
		}
		i = to;
	}
}

void plan_builder__settle(struct plan_builder *b)
{
	while (b->n_work) {
		uint32_t i = b->work[--b->n_work];

		settle_edge(b, i, false);
		if (b->cfg->insns[i].insn.flow == INSN_FLOW_COND)
			settle_edge(b, i, true);
	}
}

int plan_builder__collect(struct plan_builder *b)
{
	struct plan *plan = b->plan;
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->cfg->n_insns; i++)
		n += b->plan->site_of[i] != 0;
	plan->sites = calloc(n ? n : 1, sizeof(*plan->sites));
	if (!plan->sites)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->cfg->n_insns; i++) {
		if (!b->plan->site_of[i])
			continue;
		plan->predicted_ns += plan_builder__price(b, i);
		plan->sites[plan->n_sites].insn = i;
		b->plan->site_of[i] = ++plan->n_sites;
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

void plan_builder__resolve(struct plan *plan)
{
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		struct plan_site *site = &plan->sites[s];

		for (int taken = 0; taken < 2; taken++) {
			struct call_note note = {.cfg = plan->cfg};

			site->next[taken] = plan__walk_edge(plan, s, taken, note_call, &note);
			site->called[taken] = note.called;
		}
	}
}

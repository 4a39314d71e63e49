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
 *     Each root has an anchor: a site on the path from it before that path merges with another, before
 *     the first call returns; the cheapest instruction there, often a jump or call that is a site anyway.
 * (3) An edge's path holds at most one call. What lies before and including the call has been executed
 *     when the edge was departed, what lies behind it when the edge arrived. A second call, and a long
 *     operation (syscall, rep string) of another line, is separated by a site from the first.
 * (4) A path that leaves the function, or jumps indirectly, after a long operation has a site between the
 *     two, since otherwise the operation would be unbounded in time and its return uncounted.
 * (5) Every cycle holds a site.
 *
 * Invariants, which attribute.c relies on: the path of an edge is unique; a site that is the anchor of
 * a root is reached from that root, and from other sites only on paths that run through the root's
 * instruction (so departures of known edges that end there can be subtracted from its hits).
 *
 * A conditional branch that cannot be evaluated or cannot carry a probe ends a path as an indirect jump
 * does: its successors are roots.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	const struct plan_input *input;
	const struct cfg *cfg;
	struct plan *plan;
	uint32_t *stamp; /* per instruction: the walk that visited it last */
	uint32_t walk;
	uint32_t *work; /* instructions of sites whose edges are to be settled */
	uint32_t n_work;
	bool *is_root;	 /* per instruction */
	bool *continued; /* per instruction: has a predecessor in the scope */
};

static bool is_blind_branch(const struct insn *insn)
{
	return insn->flow == INSN_FLOW_COND && (insn->probe != INSN_PROBE_JCC || !insn->condition.mask);
}

static uint32_t price_of(const struct builder *b, uint32_t i)
{
	uint8_t probe = b->cfg->insns[i].insn.probe;

	return probe >= INSN_PROBE_CLASSES ? UINT32_MAX : b->input->prices[probe];
}

static void add_site(struct builder *b, uint32_t i)
{
	if (b->plan->site_of[i])
		return;
	b->plan->site_of[i] = 1;
	b->work[b->n_work++] = i;
}

/* How control leaves instruction I when it does not decide a condition, and to where. */
static enum plan_transfer transfer_of(const struct cfg *cfg, uint32_t i, bool has_indirect, uint32_t *to)
{
	const struct cfg_insn *insn = &cfg->insns[i];

	*to = CFG_NONE;
	switch (insn->insn.flow) {
	case INSN_FLOW_JUMP:
		*to = insn->taken;
		return *to == CFG_NONE ? PLAN_TRANSFER_OUT : PLAN_TRANSFER_TAKEN;
	case INSN_FLOW_JUMP_INDIRECT:
		return has_indirect && !insn->insn.through_got ? PLAN_TRANSFER_ANY : PLAN_TRANSFER_OUT;
	case INSN_FLOW_COND: /* reached as part of a path only when it is blind */
		return PLAN_TRANSFER_ANY;
	case INSN_FLOW_RETURN:
	case INSN_FLOW_STOP:
		return PLAN_TRANSFER_OUT;
	default:
		*to = insn->next;
		return *to == CFG_NONE ? PLAN_TRANSFER_OUT : PLAN_TRANSFER_NEXT;
	}
}

/* As transfer_of(), with the decision TAKEN where I is the conditional jump of a site, and within the scope. */
static enum plan_transfer step(const struct cfg *cfg, const uint8_t *scope, bool has_indirect, uint32_t i, bool at_site,
			       bool taken, uint32_t *to)
{
	const struct cfg_insn *insn = &cfg->insns[i];
	enum plan_transfer transfer;

	if (at_site && insn->insn.flow == INSN_FLOW_COND && !is_blind_branch(&insn->insn)) {
		*to = taken ? insn->taken : insn->next;
		transfer = taken ? PLAN_TRANSFER_TAKEN : PLAN_TRANSFER_NEXT;
	} else {
		transfer = transfer_of(cfg, i, has_indirect, to);
	}
	if (*to == CFG_NONE)
		return transfer == PLAN_TRANSFER_ANY ? PLAN_TRANSFER_ANY : PLAN_TRANSFER_OUT;
	return scope[*to] ? transfer : PLAN_TRANSFER_OUT;
}

/* (1) and, for --every-line, the first instruction of each line in each block. */
static void place_conditions(struct builder *b)
{
	for (uint32_t i = 0; i < b->cfg->n_insns; i++) {
		const struct insn *insn = &b->cfg->insns[i].insn;

		if (b->plan->scope[i] && insn->flow == INSN_FLOW_COND && !is_blind_branch(insn))
			add_site(b, i);
	}
}

static bool line_seen_before(const struct builder *b, uint32_t first, uint32_t i)
{
	for (uint32_t k = first; k < i; k++)
		if (b->input->lines[k] == b->input->lines[i] && b->plan->scope[k])
			return true;
	return false;
}

static void place_every_line(struct builder *b)
{
	for (uint32_t n = 0; n < b->cfg->n_blocks; n++) {
		const struct cfg_block *block = &b->cfg->blocks[n];

		for (uint32_t i = block->first; i <= block->last; i++) {
			if (!b->plan->scope[i] || !b->input->lines[i] || line_seen_before(b, block->first, i))
				continue;
			if (price_of(b, i) != UINT32_MAX)
				add_site(b, i);
		}
	}
}

/* (2) The anchor of ROOT: a site or the cheapest instruction on the path before it merges. CFG_NONE: there is none. */
static uint32_t find_anchor(struct builder *b, uint32_t root)
{
	uint32_t best = CFG_NONE, i = root, to;

	b->walk++;
	for (;;) {
		const struct cfg_insn *insn = &b->cfg->insns[i];
		enum plan_transfer transfer;

		b->stamp[i] = b->walk;
		if (b->plan->site_of[i])
			return i;
		if (price_of(b, i) != UINT32_MAX && (best == CFG_NONE || price_of(b, i) < price_of(b, best)))
			best = i;
		if (insn->insn.lng == INSN_LONG_CALL)
			return best;
		transfer = step(b->cfg, b->plan->scope, b->plan->has_indirect, i, false, false, &to);
		if (transfer != PLAN_TRANSFER_NEXT && transfer != PLAN_TRANSFER_TAKEN)
			return best;
		if (b->cfg->insns[to].n_preds > 1 || b->cfg->insns[to].root || b->stamp[to] == b->walk)
			return best;
		i = to;
	}
}

static int add_root(struct builder *b, uint32_t i)
{
	struct plan_root *roots;

	if (b->is_root[i])
		return 0;
	b->is_root[i] = true;
	roots = reallocarray(b->plan->roots, b->plan->n_roots + 1, sizeof(*roots));
	if (!roots)
		return -ENOMEM;
	b->plan->roots = roots;
	roots[b->plan->n_roots++] = (struct plan_root){.insn = i, .site = CFG_NONE};
	return 0;
}

static int add_successor_roots(struct builder *b, uint32_t i)
{
	const uint32_t successors[] = {b->cfg->insns[i].next, b->cfg->insns[i].taken};
	bool blind = b->plan->scope[i] && is_blind_branch(&b->cfg->insns[i].insn);

	for (int k = 0; k < 2; k++) {
		uint32_t to = successors[k];

		if (to == CFG_NONE || !b->plan->scope[to])
			continue;
		b->continued[to] |= b->plan->scope[i];
		if ((!b->plan->scope[i] || blind) && add_root(b, to))
			return -ENOMEM;
	}
	return 0;
}

static int place_anchors(struct builder *b)
{
	for (uint32_t i = 0; i < b->cfg->n_insns; i++) {
		if (b->plan->scope[i] && b->cfg->insns[i].root && add_root(b, i))
			return -ENOMEM;
		if (add_successor_roots(b, i))
			return -ENOMEM;
	}
	for (uint32_t k = 0; k < b->plan->n_roots; k++) {
		struct plan_root *root = &b->plan->roots[k];

		root->site = find_anchor(b, root->insn);
		if (root->site == CFG_NONE)
			b->plan->n_blind++;
		else
			add_site(b, root->site);
	}
	return 0;
}

/* The path of one edge while it is being settled. */
struct path {
	uint32_t long_op;    /* the last long operation passed, or CFG_NONE */
	uint32_t best;	     /* cheapest instruction since then that could carry a site, or CFG_NONE */
	uint32_t best_cycle; /* cheapest instruction of the whole path */
};

static void path__consider(const struct builder *b, struct path *path, uint32_t i)
{
	uint32_t price = price_of(b, i);

	if (price == UINT32_MAX)
		return;
	if (path->best == CFG_NONE || price < price_of(b, path->best))
		path->best = i;
	if (path->best_cycle == CFG_NONE || price < price_of(b, path->best_cycle))
		path->best_cycle = i;
}

/* (3) Whether the long operation at I may not share an edge with the one passed before. */
static bool conflicts(const struct builder *b, const struct path *path, uint32_t i)
{
	const struct insn *before, *insn = &b->cfg->insns[i].insn;

	if (path->long_op == CFG_NONE || insn->lng == INSN_SHORT)
		return false;
	before = &b->cfg->insns[path->long_op].insn;
	return before->lng == INSN_LONG_CALL || b->input->lines[path->long_op] != b->input->lines[i];
}

static void place_best(struct builder *b, uint32_t best)
{
	if (best == CFG_NONE)
		b->plan->n_blind++;
	else
		add_site(b, best);
}

/* (3), (4), (5) for one edge of the site at START. */
static void settle_edge(struct builder *b, uint32_t start, bool taken)
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
				add_site(b, path.best);
				return;
			}
			b->plan->n_blind++;
		}
		if (insn->insn.lng != INSN_SHORT) {
			path.long_op = i;
			path.best = CFG_NONE;
		}
		transfer = step(b->cfg, b->plan->scope, b->plan->has_indirect, i, i == start, taken, &to);
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

static void settle(struct builder *b)
{
	while (b->n_work) {
		uint32_t i = b->work[--b->n_work];

		settle_edge(b, i, false);
		if (b->cfg->insns[i].insn.flow == INSN_FLOW_COND)
			settle_edge(b, i, true);
	}
}

static bool body_has_indirect(const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].root & (CFG_ROOT_INDIRECT | CFG_ROOT_SUSPECT))
			return true;
	return false;
}

static int collect_sites(struct builder *b)
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
		plan->predicted_ns += price_of(b, i);
		plan->sites[plan->n_sites].insn = i;
		b->plan->site_of[i] = ++plan->n_sites;
	}
	return 0;
}

static uint32_t walk(const struct plan *plan, uint32_t i, bool at_site, bool taken, plan_walk_fn fn, void *ctx)
{
	uint32_t to;

	/* The bound only matters for a cycle in which nothing can carry a probe. */
	for (uint32_t n = 0; n <= plan->cfg->n_insns; n++) {
		enum plan_transfer transfer;

		transfer = step(plan->cfg, plan->scope, plan->has_indirect, i, at_site, taken, &to);
		fn(i, transfer, ctx);
		if (transfer == PLAN_TRANSFER_OUT)
			return PLAN_OUT;
		if (transfer == PLAN_TRANSFER_ANY)
			return PLAN_ANY;
		if (plan->site_of[to])
			return plan->site_of[to] - 1;
		i = to;
		at_site = false;
	}
	return PLAN_OUT;
}

uint32_t plan__walk_edge(const struct plan *plan, uint32_t site, bool taken, plan_walk_fn fn, void *ctx)
{
	return walk(plan, plan->sites[site].insn, true, taken, fn, ctx);
}

uint32_t plan__walk_root(const struct plan *plan, const struct plan_root *root, plan_walk_fn fn, void *ctx)
{
	if (plan->site_of[root->insn])
		return plan->site_of[root->insn] - 1;
	return walk(plan, root->insn, false, false, fn, ctx);
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

static void resolve_edges(struct plan *plan)
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

/* Whether nothing in the scope leads to instruction I, so that who comes there starts a new frame. */
static bool starts_frame(const struct builder *b, uint32_t i)
{
	return !(b->cfg->insns[i].root & ~CFG_ROOT_ENTRY) && !b->continued[i];
}

/* Sites placed later may lie before the anchor that was chosen first: the first one on the path counts. */
static void resolve_roots(struct builder *b)
{
	struct plan *plan = b->plan;
	uint32_t n = 0;

	for (uint32_t k = 0; k < plan->n_roots; k++) {
		struct plan_root root = plan->roots[k];
		struct call_note note = {.cfg = plan->cfg};

		if (root.site == CFG_NONE)
			continue;
		root.site = plan__walk_root(plan, &root, note_call, &note);
		plan->sites[root.site].entry |= starts_frame(b, root.insn);
		plan->roots[n++] = root;
	}
	plan->n_roots = n;
}

static int build(struct builder *b)
{
	place_conditions(b);
	if (b->input->every_line)
		place_every_line(b);
	if (place_anchors(b))
		return -ENOMEM;
	settle(b);
	if (collect_sites(b))
		return -ENOMEM;
	resolve_edges(b->plan);
	resolve_roots(b);
	return 0;
}

static struct plan *new_plan(const struct plan_input *input)
{
	uint32_t n = input->cfg->n_insns;
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return NULL;
	plan->cfg = input->cfg;
	plan->has_indirect = body_has_indirect(input->cfg);
	plan->scope = malloc(n);
	plan->site_of = calloc(n, sizeof(*plan->site_of));
	if (!plan->scope || !plan->site_of) {
		plan__free(plan);
		return NULL;
	}
	if (input->scope)
		memcpy(plan->scope, input->scope, n);
	else
		memset(plan->scope, 1, n);
	return plan;
}

int plan__build(const struct plan_input *input, struct plan **out)
{
	uint32_t n = input->cfg->n_insns;
	struct builder b = {.input = input, .cfg = input->cfg, .plan = new_plan(input)};
	int err = -ENOMEM;

	b.stamp = calloc(n, sizeof(*b.stamp));
	b.work = calloc(n, sizeof(*b.work));
	b.is_root = calloc(n, sizeof(*b.is_root));
	b.continued = calloc(n, sizeof(*b.continued));
	if (b.plan && b.stamp && b.work && b.is_root && b.continued)
		err = build(&b);
	free(b.stamp);
	free(b.work);
	free(b.is_root);
	free(b.continued);
	if (err) {
		plan__free(b.plan);
		return err;
	}
	*out = b.plan;
	return 0;
}

void plan__free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->scope);
	free(plan->site_of);
	free(plan->sites);
	free(plan->roots);
	free(plan);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * To count every edge of a control flow graph, not every edge needs a probe: where the flow is determined by what is
 * probed already, it can be computed (Ball and Larus, "Optimally Profiling and Tracing Programs", 1994). Their choice
 * is the smallest. This plan is larger, because a uprobe at a conditional jump tells both outcomes at once (from the
 * saved flags), because such a jump is among the instructions that are cheap to probe, and because then no equation
 * between counts has to hold, which an exception or a killed process would break. Where such an equation is known to
 * hold, spared_choice.c takes probes away again. The rules are:
 *
 * (1) Every conditional jump is a site. Between two conditional jumps control flow is fixed, but for where:
 * (2) Control comes in from unknown places: by the function's entry, by targets of indirect jumps, by landing pads, by
 *     code without a known predecessor, and from outside of the scope. These places are the roots. Each root has a site
 *     of its own that tells how often it was entered (plan_roots.c).
 * (3) The path of an edge holds at most one call. What lies before the call, and the call itself, was executed when the
 *     edge was departed; what lies behind it, when the edge arrived. A second call is separated from the first by a
 *     site, and so is another long operation (a system call, a rep string instruction) of another line.
 * (4) A path that leaves the function, or jumps indirectly, after a long operation has a site between the two.
 *     Otherwise nothing would tell when the operation ended, nor that it did.
 * (5) Every cycle holds a site.
 * (6) A path that leads from a call to a site where frames begin has a site between the two. Otherwise who comes there
 *     might come from the call, or enter anew after that call was left by an exception.
 *
 * What attribute.c relies on: the path of an edge is unique. The first site on the way from a root is no other root's,
 * and there is no call before it; so those hits of that site that no arrival of a known edge explains are entries by
 * that root.
 *
 * A conditional branch whose condition cannot be evaluated, or that cannot carry a probe, ends a path as an indirect
 * jump does: its successors are roots.
 */
#include "flow/plan_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/plan_edges.h"
#include "flow/plan_roots.h"

/* (1) and, for --every-line, the first instruction of each line in each block. */
static void place_conditions(struct plan_edges *edges)
{
	for (uint32_t i = 0; i < edges->cfg->n_insns; i++) {
		const struct insn *insn = &edges->cfg->insns[i].insn;

		if (edges->plan->scope[i] && insn->flow == INSN_FLOW_COND && !plan__is_blind(insn))
			plan_edges__add_site(edges, i);
	}
}

static bool line_seen_before(const struct plan_edges *edges, uint32_t first, uint32_t i)
{
	for (uint32_t k = first; k < i; k++)
		if (edges->lines[k] == edges->lines[i] && edges->plan->scope[k])
			return true;
	return false;
}

static void place_every_line(struct plan_edges *edges)
{
	for (uint32_t n = 0; n < edges->cfg->n_blocks; n++) {
		const struct cfg_block *block = &edges->cfg->blocks[n];

		for (uint32_t i = block->first; i <= block->last; i++) {
			if (!edges->plan->scope[i] || !edges->lines[i] || line_seen_before(edges, block->first, i))
				continue;
			if (plan_edges__price(edges, i) != UINT32_MAX)
				plan_edges__add_site(edges, i);
		}
	}
}

static bool body_has_indirect(const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].root & (CFG_ROOT_INDIRECT | CFG_ROOT_SUSPECT))
			return true;
	return false;
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
	for (uint32_t i = 0; i < n; i++)
		if (input->cfg->insns[i].restart)
			plan->scope[i] = 0;
	return plan;
}

/* The order of the rules. */
static int place(const struct plan_input *input, struct plan_edges *edges, struct plan_roots *roots)
{
	int err;

	place_conditions(edges);
	for (uint32_t i = 0; input->besides && i < edges->cfg->n_insns; i++)
		if (input->besides[i])
			plan_edges__add_site(edges, i);
	if (input->every_line)
		place_every_line(edges);
	err = plan_roots__place(roots);
	if (err)
		return err;
	plan_edges__settle(edges);
	plan_roots__settle(roots);
	err = plan_edges__number(edges);
	return err ? err : plan_roots__resolve(roots);
}

int plan__build(const struct plan_input *input, struct plan **out)
{
	struct plan *plan = new_plan(input);
	struct plan_roots roots = {0};
	struct plan_edges edges;
	int err;

	if (!plan)
		return -ENOMEM;
	err = plan_edges__init(&edges, plan, input->lines, input->prices);
	if (!err)
		err = plan_roots__init(&roots, &edges);
	if (!err)
		err = place(input, &edges, &roots);
	plan_roots__release(&roots);
	plan_edges__release(&edges);
	if (err) {
		plan__free(plan);
		return err;
	}
	*out = plan;
	return 0;
}

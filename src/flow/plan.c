// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/plan.h"

#include <stdlib.h>

bool plan__is_blind(const struct insn *insn)
{
	return insn->flow == INSN_FLOW_COND && (insn->probe != INSN_PROBE_JCC || !insn->condition.mask);
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

enum plan_transfer plan__step(const struct plan *plan, uint32_t i, bool at_site, bool taken, uint32_t *to)
{
	const struct cfg *cfg = plan->cfg;
	const struct cfg_insn *insn = &cfg->insns[i];
	enum plan_transfer transfer;

	if (at_site && insn->insn.flow == INSN_FLOW_COND && !plan__is_blind(&insn->insn)) {
		*to = taken ? insn->taken : insn->next;
		transfer = taken ? PLAN_TRANSFER_TAKEN : PLAN_TRANSFER_NEXT;
	} else {
		transfer = transfer_of(cfg, i, plan->has_indirect, to);
	}
	if (*to == CFG_NONE)
		return transfer == PLAN_TRANSFER_ANY ? PLAN_TRANSFER_ANY : PLAN_TRANSFER_OUT;
	return plan->scope[*to] ? transfer : PLAN_TRANSFER_OUT;
}

static bool never_returns(const struct cfg_insn *insn)
{
	return insn->insn.lng == INSN_LONG_CALL && insn->next == CFG_NONE;
}

static uint32_t walk(const struct plan *plan, uint32_t i, bool at_site, bool taken, plan_walk_fn fn, void *ctx)
{
	uint32_t to;

	/* The bound only matters for a cycle in which nothing can carry a probe. */
	for (uint32_t n = 0; n <= plan->cfg->n_insns; n++) {
		enum plan_transfer transfer;

		transfer = plan__step(plan, i, at_site, taken, &to);
		if (fn)
			fn(i, transfer, ctx);
		if (transfer == PLAN_TRANSFER_OUT)
			return never_returns(&plan->cfg->insns[i]) ? PLAN_NEVER : PLAN_OUT;
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

uint32_t plan__walk_root(const struct plan *plan, uint32_t root, plan_walk_fn fn, void *ctx)
{
	if (plan->site_of[root])
		return plan->site_of[root] - 1;
	return walk(plan, root, false, false, fn, ctx);
}

void plan__list_in(const struct plan *plan, uint32_t *first, uint32_t *in)
{
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (plan->sites[e / 2].next[e % 2] < plan->n_sites)
			first[plan->sites[e / 2].next[e % 2]]++;
	for (uint32_t s = 0, sum = 0; s <= plan->n_sites; s++) {
		sum += first[s];
		first[s] = sum;
	}
	/* Now each item is where its site's edges end; filling the lists from behind makes it where they begin. */
	for (uint32_t e = 2 * plan->n_sites; e-- > 0;)
		if (plan->sites[e / 2].next[e % 2] < plan->n_sites)
			in[--first[plan->sites[e / 2].next[e % 2]]] = e;
}

uint32_t plan__node(const struct plan *plan, uint32_t site)
{
	return site < plan->n_sites && !plan->sites[site].rooted ? site : plan->n_sites;
}

uint32_t plan__edge_variable(const struct plan *plan, uint32_t site, bool taken)
{
	uint32_t next = plan->sites[site].next[taken];

	return !plan->sites[site].spared && next < plan->n_sites ? plan->sites[next].variable : 0;
}

bool plan__is_tail_call(const struct plan *plan, uint32_t i)
{
	uint8_t flow = plan->cfg->insns[i].insn.flow;
	uint32_t to;

	return (flow == INSN_FLOW_JUMP || flow == INSN_FLOW_JUMP_INDIRECT) &&
	       transfer_of(plan->cfg, i, plan->has_indirect, &to) == PLAN_TRANSFER_OUT;
}

void plan__free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->scope);
	free(plan->site_of);
	free(plan->sites);
	free(plan->spared);
	free(plan->steps);
	free(plan->variables);
	free(plan->changes);
	free(plan->effects);
	free(plan->roots);
	free(plan->blind_roots);
	free(plan);
}

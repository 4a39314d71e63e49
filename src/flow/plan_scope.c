// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The code of an inlined instance may begin, and end, anywhere in the body that holds it. Two things need code
 * around it:
 *
 * - A call at its end returns to code that is not the instance's. For the call to have an end, the code up to where a
 *   probe can be is needed.
 * - Where control comes into the instance, some instruction must tell how often. If none of the instance's own can
 *   carry a probe before control flow merges or ends, one further on in the same basic block does as well. If there is
 *   none either, the code above is needed, from each predecessor up to where a probe can be: the conditional jump that
 *   leads here, for example.
 *
 * Where control comes in from outside and a call of the instance returns to the same place, the two could not be told
 * apart: who comes in after a call was left by an exception would be taken for its return. So the code above is needed
 * there, too, and then nobody comes in unseen.
 */
#include "flow/plan_scope.h"

#include <stdbool.h>

/* A bit, set while the scope is being extended: what leads here is needed as well. */
enum { NEEDS_ABOVE = 0x80 };

static bool can_carry(const struct cfg *cfg, uint32_t i)
{
	return cfg->insns[i].insn.probe < INSN_PROBE_CLASSES;
}

static void extend_behind_calls(const struct cfg *cfg, uint8_t *scope)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint32_t next = cfg->insns[i].next;

		if (scope[i] != PLAN_SCOPE_IN || cfg->insns[i].insn.lng == INSN_SHORT)
			continue;
		while (next != CFG_NONE && !scope[next]) {
			scope[next] = PLAN_SCOPE_AROUND;
			if (can_carry(cfg, next) || cfg->insns[next].insn.flow != INSN_FLOW_NEXT)
				break;
			next = cfg->insns[next].next;
		}
	}
}

/*
 * Extends the scope from instruction I down to one in its block that can carry a probe. Returns whether there is
 * one.
 */
static bool extend_down(const struct cfg *cfg, uint8_t *scope, uint32_t i)
{
	uint32_t last = cfg->blocks[cfg->insns[i].block].last, found = i;

	while (!can_carry(cfg, found) && cfg->insns[found].insn.lng != INSN_LONG_CALL)
		if (found++ == last)
			return false;
	for (; i <= found; i++)
		if (!scope[i])
			scope[i] = PLAN_SCOPE_AROUND;
	return true;
}

/* Where a call of the instance returns to, or comes to before anything can carry a probe, the code above is needed. */
static void extend_around_returns(const struct cfg *cfg, uint8_t *scope)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint32_t next = cfg->insns[i].next;

		if (!scope[i] || cfg->insns[i].insn.lng != INSN_LONG_CALL)
			continue;
		while (next != CFG_NONE && scope[next]) {
			if (cfg->insns[next].n_preds > 1)
				scope[next] |= NEEDS_ABOVE;
			if (can_carry(cfg, next))
				break;
			next = cfg->insns[next].next;
		}
	}
}

static bool leads_to_need(const struct cfg *cfg, const uint8_t *scope, uint32_t i)
{
	uint32_t next = cfg->insns[i].next, taken = cfg->insns[i].taken;

	return (next != CFG_NONE && scope[next] & NEEDS_ABOVE) || (taken != CFG_NONE && scope[taken] & NEEDS_ABOVE);
}

static void extend_up(const struct cfg *cfg, uint8_t *scope)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t i = cfg->n_insns; i-- > 0;) {
			/* Across a call nobody knows whether it returns. */
			if (scope[i] || cfg->insns[i].insn.lng == INSN_LONG_CALL || !leads_to_need(cfg, scope, i))
				continue;
			scope[i] = can_carry(cfg, i) ? PLAN_SCOPE_AROUND : PLAN_SCOPE_AROUND | NEEDS_ABOVE;
			changed = true;
		}
	}
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		scope[i] &= (uint8_t)~NEEDS_ABOVE;
}

/* Gives each place where control comes into the instance from outside a probe that tells how often. */
static void extend_at_entries(const struct cfg *cfg, uint8_t *scope)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const uint32_t successors[] = {cfg->insns[i].next, cfg->insns[i].taken};

		if (scope[i] == PLAN_SCOPE_IN && cfg->insns[i].root)
			extend_down(cfg, scope, i);
		for (int k = 0; k < 2 && !scope[i]; k++)
			if (successors[k] != CFG_NONE && scope[successors[k]] & PLAN_SCOPE_IN &&
			    !extend_down(cfg, scope, successors[k]))
				scope[successors[k]] |= NEEDS_ABOVE;
	}
}

void plan_scope__extend(const struct cfg *cfg, uint8_t *scope)
{
	extend_behind_calls(cfg, scope);
	extend_at_entries(cfg, scope);
	extend_around_returns(cfg, scope);
	extend_up(cfg, scope);
}

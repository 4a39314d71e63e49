// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. At the entry of a function the canonical frame address (CFA) is rsp + 8, because the call has just pushed the
 * return address. From there on, each instruction is followed: the distance from a register to the CFA is known as long
 * as the register is changed by constants only. Registers are copied to one another (`mov %rsp,%rbp`), so the distance
 * is kept for all of them.
 *
 * Where ways meet, a distance is known only if it is the same on all of them. It can only become unknown as more ways
 * are found, so a work list comes to an end. An indirect jump of the body may lead to each place that is marked as a
 * target of one. A way in from an unknown place (a landing pad, code without a known predecessor) brings nothing that
 * is known.
 *
 * A return proves the result: rsp must be back at the return address. If the analysis says otherwise, then something in
 * the body is not as it takes it to be (a callee that pops its arguments, say), and nothing is said of the whole body.
 */
#include "flow/stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/cfg_decode.h"
#include "flow/insn_effect.h"

#define UNKNOWN	       STACK_UNKNOWN
#define RETURN_ADDRESS 8 /* bytes, from the CFA down */
#define STILL_IN_RBP   0 /* where the caller's rbp is; otherwise, how far below the CFA it is stored */

/* Instructions of one byte that save or restore rbp. */
#define PUSH_RBP 0x55
#define POP_RBP	 0x5d
#define LEAVE	 0xc9

/* rax, rcx, rdx, rsi, rdi, r8 to r11 */
#define CALLER_SAVED 0x0fc7

/* What is added to each register to get the CFA, and where the caller's rbp is. */
struct distances {
	int32_t of[INSN_REGISTERS];
	int32_t rbp_saved;
};

struct analysis {
	const struct cfg_input *input;
	const struct cfg *cfg;
	struct distances *before; /* per instruction */
	bool *seen;		  /* per instruction: some way leads to it */
	struct distances jump;	  /* at the indirect jumps of the body, together */
	bool jump_seen;
	uint32_t *work;
	bool *queued; /* per instruction: it is on the work list */
	uint32_t n_work;
	bool contradicted;
};

static const struct distances nothing_known = {{UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
						UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN},
					       UNKNOWN};

/* Makes *INTO unknown if it is not WAY; returns whether that changed it. */
static bool meet_distance(int32_t *into, int32_t way)
{
	bool changed = *into != UNKNOWN && *into != way;

	if (changed)
		*into = UNKNOWN;
	return changed;
}

/* Makes INTO what it and WAY have in common; returns whether that changed it. */
static bool meet(struct distances *into, bool *seen, const struct distances *way)
{
	bool changed = !*seen;

	if (!*seen)
		*into = *way;
	*seen = true;
	for (int i = 0; i < INSN_REGISTERS; i++)
		changed |= meet_distance(&into->of[i], way->of[i]);
	return changed | meet_distance(&into->rbp_saved, way->rbp_saved);
}

static void lead_to(struct analysis *a, uint32_t i, const struct distances *way)
{
	if (i == CFG_NONE || !meet(&a->before[i], &a->seen[i], way) || a->queued[i])
		return;
	a->queued[i] = true;
	a->work[a->n_work++] = i;
}

/* Control leaves by an indirect jump: to anywhere that is known as the target of one. */
static void lead_anywhere(struct analysis *a, const struct distances *way)
{
	if (!meet(&a->jump, &a->jump_seen, way))
		return;
	for (uint32_t i = 0; i < a->cfg->n_insns; i++)
		if (a->cfg->insns[i].root & (CFG_ROOT_INDIRECT | CFG_ROOT_SUSPECT))
			lead_to(a, i, &a->jump);
}

/* Sums stay far from the ends of the range; what does not is no distance within a stack. */
static int32_t plus(int32_t distance, int32_t change)
{
	int64_t sum = (int64_t)distance + change;

	return distance == UNKNOWN || sum <= INT32_MIN / 2 || sum >= INT32_MAX / 2 ? UNKNOWN : (int32_t)sum;
}

static void forget(struct distances *d, uint16_t registers)
{
	for (int i = 0; i < INSN_REGISTERS; i++)
		if (registers & 1u << i)
			d->of[i] = UNKNOWN;
}

/* Whether the instruction of LEN bytes at CODE makes rbp what the caller had in it. */
static bool restores_rbp(const struct distances *before, const uint8_t *code, size_t len)
{
	int32_t from = len != 1		  ? UNKNOWN
		       : *code == POP_RBP ? before->of[INSN_RSP]
		       : *code == LEAVE	  ? before->of[INSN_RBP]
					  : UNKNOWN;

	return from != UNKNOWN && from == before->rbp_saved;
}

/* Follows where the caller's rbp is through the instruction of LEN bytes at CODE. AFTER has its effect on registers. */
static void follow_rbp(struct distances *after, const struct distances *before, const struct insn_effect *effect,
		       const uint8_t *code, size_t len)
{
	bool changes = (effect->assigns && effect->dest == INSN_RBP) || (effect->unknown & 1u << INSN_RBP);

	if (restores_rbp(before, code, len))
		after->rbp_saved = STILL_IN_RBP;
	else if (before->rbp_saved == STILL_IN_RBP && len == 1 && *code == PUSH_RBP)
		after->rbp_saved = after->of[INSN_RSP];
	else if (before->rbp_saved == STILL_IN_RBP
			 ? changes
			 : after->of[INSN_RSP] < before->rbp_saved && after->of[INSN_RSP] != UNKNOWN)
		after->rbp_saved = UNKNOWN; /* nobody saved it, or what it was saved in was popped */
}

static void execute(struct distances *d, const struct insn_effect *effect)
{
	/* What is added to a register is missing from its distance. */
	if (effect->assigns)
		d->of[effect->dest] = plus(d->of[effect->source], -effect->offset);
	forget(d, effect->unknown);
	d->of[INSN_RSP] = plus(d->of[INSN_RSP], -effect->stack_change);
}

static const uint8_t *bytes_of(const struct analysis *a, const struct insn *insn)
{
	return cfg_input__byte(a->input, insn->addr);
}

/* BEFORE is where things are before the call at CI, INSIDE where they are when the callee begins. */
static void follow_call(struct analysis *a, const struct cfg_insn *ci, const struct distances *before,
			const struct distances *inside)
{
	struct distances after = *before;

	if (cfg_decode__is_local_call(a->input, &ci->insn)) {
		lead_to(a, cfg__find(a->cfg, ci->insn.target), inside);
		/* `call 1f; 1: pop` asks for its own address, and returns from no call. */
		if (ci->insn.target == ci->insn.addr + ci->insn.len)
			return;
	}
	forget(&after, CALLER_SAVED);
	lead_to(a, ci->next, &after);
}

static void follow(struct analysis *a, uint32_t i)
{
	const struct cfg_insn *ci = &a->cfg->insns[i];
	struct distances before = a->before[i], after = before;
	struct insn_effect effect;

	/* All instructions of a cfg are within one range of the code, and could be decoded. */
	if (insn_effect__decode(bytes_of(a, &ci->insn), ci->insn.len, &effect)) {
		after = nothing_known;
	} else {
		execute(&after, &effect);
		follow_rbp(&after, &before, &effect, bytes_of(a, &ci->insn), ci->insn.len);
	}
	switch (ci->insn.flow) {
	case INSN_FLOW_CALL:
	case INSN_FLOW_CALL_INDIRECT:
		follow_call(a, ci, &before, &after);
		return;
	case INSN_FLOW_JUMP_INDIRECT:
		if (!ci->insn.through_got)
			lead_anywhere(a, &after);
		return;
	case INSN_FLOW_RETURN:
		if (before.of[INSN_RSP] != UNKNOWN && before.of[INSN_RSP] != RETURN_ADDRESS)
			a->contradicted = true;
		return;
	default:
		lead_to(a, ci->next, &after);
		lead_to(a, ci->taken, &after);
	}
}

static bool is_blind(const struct insn *insn)
{
	return insn->flow == INSN_FLOW_COND && !insn->condition.mask && !insn->condition.rcx_width;
}

/* Marks the roots to which instructions of the body lead that are followed: so they are no ways in from elsewhere. */
static void explain_roots(const struct analysis *a, bool *explained)
{
	const struct cfg_input *input = a->input;

	for (uint32_t i = 0; i < a->cfg->n_insns; i++) {
		const struct cfg_insn *ci = &a->cfg->insns[i];
		bool twice = ci->insn.flow == INSN_FLOW_CALL && input->returns_twice &&
			     input->returns_twice(ci->insn.target, input->ctx);
		uint32_t callee =
			cfg_decode__is_local_call(input, &ci->insn) ? cfg__find(a->cfg, ci->insn.target) : CFG_NONE;

		if (ci->next != CFG_NONE && (twice || is_blind(&ci->insn)))
			explained[ci->next] = true;
		if (ci->taken != CFG_NONE && is_blind(&ci->insn))
			explained[ci->taken] = true;
		if (callee != CFG_NONE)
			explained[callee] = true;
	}
}

static bool jumps_indirectly(const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].insn.flow == INSN_FLOW_JUMP_INDIRECT && !cfg->insns[i].insn.through_got)
			return true;
	return false;
}

/* The ways in: the entry, about which all is known, and those from unknown places. 0 or -ENOMEM. */
static int begin(struct analysis *a)
{
	const struct cfg *cfg = a->cfg;
	bool *explained = calloc(cfg->n_insns, sizeof(*explained)), indirect = jumps_indirectly(cfg);
	struct distances entry = nothing_known;

	if (!explained)
		return -ENOMEM;
	explain_roots(a, explained);
	entry.of[INSN_RSP] = RETURN_ADDRESS;
	entry.rbp_saved = STILL_IN_RBP;
	lead_to(a, cfg->entry, &entry);
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint8_t root = cfg->insns[i].root;
		bool strange = root & (CFG_ROOT_PAD | CFG_ROOT_ORPHAN);

		if (root & (CFG_ROOT_INDIRECT | CFG_ROOT_SUSPECT))
			strange |= !indirect;
		if (strange && !explained[i])
			lead_to(a, i, &nothing_known);
	}
	free(explained);
	return 0;
}

static int analyse(struct analysis *a, struct stack_place *places)
{
	int err = begin(a);

	if (err)
		return err;
	while (a->n_work) {
		uint32_t i = a->work[--a->n_work];

		a->queued[i] = false;
		follow(a, i);
	}
	for (uint32_t i = 0; i < a->cfg->n_insns; i++) {
		const struct distances *before = a->seen[i] && !a->contradicted ? &a->before[i] : &nothing_known;

		places[i] = (struct stack_place){before->of[INSN_RSP], before->of[INSN_RBP], before->rbp_saved};
	}
	return 0;
}

int stack__find(const struct cfg_input *input, const struct cfg *cfg, struct stack_place **out)
{
	uint32_t n = cfg->n_insns;
	struct analysis a = {.input = input, .cfg = cfg};
	int err = -ENOMEM;

	*out = calloc(n, sizeof(**out));
	a.before = calloc(n, sizeof(*a.before));
	a.seen = calloc(n, sizeof(*a.seen));
	a.work = calloc(n, sizeof(*a.work));
	a.queued = calloc(n, sizeof(*a.queued));
	if (*out && a.before && a.seen && a.work && a.queued)
		err = analyse(&a, *out);
	free(a.before);
	free(a.seen);
	free(a.work);
	free(a.queued);
	if (err) {
		free(*out);
		*out = NULL;
	}
	return err;
}

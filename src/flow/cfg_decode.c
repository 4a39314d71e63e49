// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A linear sweep decodes the body's bytes one instruction after the other, padding included. Where it finds
 * bytes that are no instruction (data among the code), or an instruction that reaches across an anchor (an address that
 * is known to begin an instruction), it goes on at the next anchor.
 *
 * A sweep cannot tell data from code: most bytes can be read as some instruction. A probe on data, or in the middle
 * of an instruction, destroys the target. So an instruction counts only if something proves that it begins where it
 * was decoded. Proof is an anchor (the entry, the beginning of a range, a row of the line table, a landing pad), an
 * entry of a jump table or a label, or that control comes there from an instruction that is proven itself.
 *
 * When a proven instruction branches to an address where the sweep has no beginning of an instruction, that address
 * becomes an anchor, and the sweep is done anew. In the end, what is not proven is dropped, padding excepted; and if
 * control can get to what was dropped, the whole body is refused.
 */
#include "flow/cfg_decode.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sort.h"
#include "base/sorted.h"
#include "flow/jumptable.h"
#include "flow/restart.h"

/* What is needed while decoding only. */
struct cfg_decoder {
	const struct cfg_input *input;
	struct cfg *cfg;
	struct cfg_indirect *indirect;
	size_t capacity;   /* of cfg->insns */
	uint64_t *anchors; /* sorted addresses within the body at which an instruction begins for certain */
	size_t n_anchors, anchors_capacity;
	bool *proven; /* per instruction: it begins there for certain */
};

#define LOCK_PREFIX  0xf0
#define REPNE_PREFIX 0xf2
#define REP_PREFIX   0xf3

/* In assembler sources a prefix may stand on a line of its own (`lock; decl`): what follows it is no anchor. */
static bool is_prefix(uint8_t byte)
{
	return byte == LOCK_PREFIX || byte == REPNE_PREFIX || byte == REP_PREFIX;
}

static struct cfg_insn unlinked(const struct insn *insn)
{
	return (struct cfg_insn){.insn = *insn, .next = CFG_NONE, .taken = CFG_NONE, .block = CFG_NONE};
}

static int append_insn(struct cfg_decoder *d, const struct insn *insn)
{
	struct cfg *cfg = d->cfg;
	int err = cfg->n_insns == CFG_NONE ? -ENOMEM : 0;

	if (!err)
		err = grow__one(&cfg->insns, &d->capacity, cfg->n_insns, sizeof(*cfg->insns));
	if (!err)
		cfg->insns[cfg->n_insns++] = unlinked(insn);
	return err;
}

static int add_anchor(struct cfg_decoder *d, uint64_t addr)
{
	int err;

	if (!cfg_input__byte(d->input, addr))
		return 0;
	err = grow__one(&d->anchors, &d->anchors_capacity, d->n_anchors, sizeof(*d->anchors));
	if (!err)
		d->anchors[d->n_anchors++] = addr;
	return err;
}

static void sort_anchors(struct cfg_decoder *d)
{
	sort__u64(d->anchors, d->n_anchors);
}

static int collect_anchors(struct cfg_decoder *d)
{
	const struct cfg_input *input = d->input;
	int err = add_anchor(d, input->entry);

	for (size_t i = 0; !err && i < input->n_code; i++)
		err = add_anchor(d, input->code[i].addr);
	for (size_t i = 0; !err && i < input->n_resync; i++)
		err = add_anchor(d, input->resync[i]);
	for (size_t i = 0; !err && i < input->n_throwing; i++)
		err = add_anchor(d, input->throwing[i].pad);
	sort_anchors(d);
	return err;
}

/* The first anchor above ADDR, or UINT64_MAX. */
static uint64_t next_anchor(const struct cfg_decoder *d, uint64_t addr)
{
	size_t i = sorted__above(d->anchors, d->n_anchors, SORTED_U64, addr);

	return i < d->n_anchors ? d->anchors[i] : UINT64_MAX;
}

static int sweep_range(struct cfg_decoder *d, const struct cfg_code *code)
{
	uint64_t addr = code->addr, end = code->addr + code->size;

	while (addr < end) {
		const uint8_t *bytes = code->bytes + (addr - code->addr);
		uint64_t anchor = next_anchor(d, is_prefix(*bytes) ? addr + 1 : addr);
		struct insn insn;
		int err = insn__decode(bytes, end - addr, addr, &insn);

		if (err || addr + insn.len > anchor) {
			uint64_t resume = anchor < end ? anchor : end;

			d->cfg->n_undecodable += resume - addr;
			addr = resume;
			continue;
		}
		err = append_insn(d, &insn);
		if (err)
			return err;
		addr += insn.len;
	}
	return 0;
}

static int sweep(struct cfg_decoder *d)
{
	d->cfg->n_insns = 0;
	d->cfg->n_undecodable = 0;
	for (size_t i = 0; i < d->input->n_code; i++) {
		int err = sweep_range(d, &d->input->code[i]);

		if (err)
			return err;
	}
	d->cfg->entry = cfg__find(d->cfg, d->input->entry);
	return d->cfg->entry == CFG_NONE ? -ENOENT : 0;
}

/* A branch may skip the lock prefix of an instruction (glibc does, when there is one thread). */
static uint32_t branch_target(const struct cfg_decoder *d, uint64_t target)
{
	const uint8_t *before = cfg_input__byte(d->input, target - 1);
	uint32_t index = cfg__find(d->cfg, target);

	if (index == CFG_NONE && before && *before == LOCK_PREFIX)
		index = cfg__find(d->cfg, target - 1);
	return index;
}

static bool falls_through(const struct cfg_insn *ci)
{
	return !ci->noreturn &&
	       (ci->insn.flow == INSN_FLOW_NEXT || ci->insn.flow == INSN_FLOW_COND || ci->insn.lng == INSN_LONG_CALL);
}

static enum cfg_operation operation_of(const struct cfg_input *input, const struct cfg_insn *ci)
{
	bool call = (ci->insn.flow == INSN_FLOW_CALL || ci->insn.flow == INSN_FLOW_JUMP) && ci->taken == CFG_NONE;

	if (ci->insn.lng == INSN_LONG_REP)
		return CFG_OPERATION_OTHER;
	return call && input->block_operation ? input->block_operation(ci->insn.target, input->ctx)
					      : CFG_OPERATION_NONE;
}

static void link_insns(struct cfg_decoder *d)
{
	const struct cfg_input *input = d->input;
	struct cfg *cfg = d->cfg;

	d->indirect->n_jumps = 0;
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		struct cfg_insn *ci = &cfg->insns[i];
		const struct insn *insn = &ci->insn;

		ci->noreturn = insn->flow == INSN_FLOW_CALL && input->is_noreturn &&
			       input->is_noreturn(insn->target, input->ctx);
		if (insn->flow == INSN_FLOW_JUMP || insn->flow == INSN_FLOW_COND)
			ci->taken = branch_target(d, insn->target);
		ci->block_operation = (uint8_t)operation_of(input, ci);
		if (falls_through(ci) && i + 1 < cfg->n_insns && cfg->insns[i + 1].insn.addr == insn->addr + insn->len)
			ci->next = i + 1;
		if (insn->flow == INSN_FLOW_JUMP_INDIRECT && !insn->through_got)
			d->indirect->n_jumps++;
	}
	restart__link(cfg, input);
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		cfg__add_pred(cfg, cfg->insns[i].taken);
}

/* Marks the instruction at ADDR. Returns whether there is one, and it is not the entry. */
static bool add_root(struct cfg *cfg, uint64_t addr, enum cfg_root root)
{
	uint32_t index = cfg__find(cfg, addr);

	if (index == CFG_NONE || index == cfg->entry)
		return false;
	cfg__add_root(cfg, index, root);
	return true;
}

/* The ways in that are known from outside of the body's code. */
static int mark_roots(struct cfg_decoder *d)
{
	const struct cfg_input *input = d->input;
	struct cfg *cfg = d->cfg;
	uint32_t n_listed = 0;
	int err = 0;

	cfg__add_root(cfg, cfg->entry, CFG_ROOT_ENTRY);
	d->indirect->n_targets = 0;
	for (size_t i = 0; i < input->n_roots; i++)
		d->indirect->n_targets += add_root(cfg, input->roots[i], CFG_ROOT_INDIRECT);
	for (size_t i = 0; i < input->n_throwing; i++)
		add_root(cfg, input->throwing[i].pad, CFG_ROOT_PAD);
	if (d->indirect->n_jumps)
		err = jumptable__mark(cfg, input, &n_listed);
	d->indirect->n_targets += n_listed;
	return err;
}

bool cfg_decode__is_local_call(const struct cfg_input *input, const struct insn *insn)
{
	return insn->flow == INSN_FLOW_CALL && insn->target != input->entry && cfg_input__byte(input, insn->target);
}

static void prove(struct cfg_decoder *d, uint32_t i, uint32_t *stack, uint32_t *n)
{
	if (i == CFG_NONE || d->proven[i])
		return;
	d->proven[i] = true;
	stack[(*n)++] = i;
}

/* Everything that control reaches from the instructions on the STACK is proven. */
static void prove_reached(struct cfg_decoder *d, uint32_t *stack, uint32_t n)
{
	while (n) {
		const struct cfg_insn *ci = &d->cfg->insns[stack[--n]];

		prove(d, ci->taken, stack, &n);
		/* Its successors may be others than where it jumps to and what is behind it. */
		if (ci->insn.flow == INSN_FLOW_COND) {
			prove(d, branch_target(d, ci->insn.target), stack, &n);
			prove(d, cfg__find(d->cfg, ci->insn.addr + ci->insn.len), stack, &n);
		}
		if (cfg_decode__is_local_call(d->input, &ci->insn))
			prove(d, cfg__find(d->cfg, ci->insn.target), stack, &n);
		else
			prove(d, ci->next, stack, &n);
	}
}

static int find_proven(struct cfg_decoder *d)
{
	const struct cfg *cfg = d->cfg;
	uint32_t *stack = calloc(cfg->n_insns, sizeof(*stack)), n = 0;

	free(d->proven);
	d->proven = calloc(cfg->n_insns, sizeof(*d->proven));
	if (!stack || !d->proven) {
		free(stack);
		return -ENOMEM;
	}
	for (size_t i = 0; i < d->n_anchors; i++)
		prove(d, cfg__find(cfg, d->anchors[i]), stack, &n);
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].root)
			prove(d, i, stack, &n);
	prove_reached(d, stack, n);
	free(stack);
	return 0;
}

/* Where instruction I leads by a direct branch or call, when that is inside the body but was not decoded; else 0. */
static uint64_t missed_target(const struct cfg_decoder *d, const struct cfg_insn *ci)
{
	bool branch = ci->insn.flow == INSN_FLOW_JUMP || ci->insn.flow == INSN_FLOW_COND;

	if (!branch && !cfg_decode__is_local_call(d->input, &ci->insn))
		return 0;
	if (!cfg_input__byte(d->input, ci->insn.target) || branch_target(d, ci->insn.target) != CFG_NONE)
		return 0;
	return ci->insn.target;
}

/* Makes the branch targets that the sweep missed anchors; *found tells whether there were any. */
static int add_missed_targets(struct cfg_decoder *d, bool *found)
{
	size_t before = d->n_anchors;
	int err = 0;

	for (uint32_t i = 0; !err && i < d->cfg->n_insns; i++) {
		uint64_t target = d->proven[i] ? missed_target(d, &d->cfg->insns[i]) : 0;

		/* One that is an anchor already cannot be decoded. */
		if (target && next_anchor(d, target - 1) != target)
			err = add_anchor(d, target);
	}
	*found = d->n_anchors != before;
	sort_anchors(d);
	return err;
}

static bool is_dropped(const struct cfg_decoder *d, uint32_t i)
{
	return !d->proven[i] && !d->cfg->insns[i].insn.filler;
}

/* Drops what is neither proven nor padding. What was linked is not any more when there was any: returns whether. */
static bool drop_unproven(struct cfg_decoder *d)
{
	struct cfg *cfg = d->cfg;
	uint32_t kept = 0, n = cfg->n_insns;

	while (kept < n && !is_dropped(d, kept))
		kept++;
	if (kept == n)
		return false;
	kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (is_dropped(d, i)) {
			/* Without indirect jumps it is dead code, or data: nothing can lead there. */
			cfg->n_undecodable += d->indirect->n_jumps ? cfg->insns[i].insn.len : 0;
			continue;
		}
		d->proven[kept] = d->proven[i];
		cfg->insns[kept++] = unlinked(&cfg->insns[i].insn);
	}
	cfg->n_insns = kept;
	cfg->entry = cfg__find(cfg, d->input->entry);
	return true;
}

/* Whether control may get to bytes of the body of which it is not known what they are. */
static bool reaches_unknown(const struct cfg_decoder *d)
{
	const struct cfg *cfg = d->cfg;

	if (d->indirect->n_jumps && !d->indirect->n_targets && cfg->n_undecodable)
		return true;
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (!d->proven[i])
			continue;
		if (missed_target(d, ci))
			return true;
		if (falls_through(ci) && (ci->next == CFG_NONE || !d->proven[ci->next]) &&
		    cfg_input__byte(d->input, ci->insn.addr + ci->insn.len))
			return true;
	}
	return false;
}

static int link_and_mark(struct cfg_decoder *d)
{
	link_insns(d);
	return mark_roots(d);
}

/* Decodes what is proven to be instructions, and links them. 0, -ENOENT, -EILSEQ or -ENOMEM. */
static int decode(struct cfg_decoder *d)
{
	bool missed;
	int err = collect_anchors(d);

	do {
		missed = false;
		if (!err)
			err = sweep(d);
		if (!err)
			err = link_and_mark(d);
		if (!err)
			err = find_proven(d);
		if (!err)
			err = add_missed_targets(d, &missed);
	} while (!err && missed);
	if (err)
		return err;
	/* The successors were found from the proven and the others alike. */
	if (drop_unproven(d))
		err = link_and_mark(d);
	return err ? err : reaches_unknown(d) ? -EILSEQ : 0;
}

int cfg_decode__insns(const struct cfg_input *input, struct cfg *cfg, struct cfg_indirect *indirect)
{
	struct cfg_decoder d = {.input = input, .cfg = cfg, .indirect = indirect};
	int err = decode(&d);

	free(d.anchors);
	free(d.proven);
	return err;
}

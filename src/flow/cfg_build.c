// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. cfg_decode gives the instructions, each with its successors, and marks the ways into the body that are known
 * from outside of its code. What is left is to find the other ways in, and the blocks.
 *
 * No way in may be missed: counts are wrong wherever control comes in unseen. The known ways are the roots: the
 * entry, landing pads, labels and the entries of jump tables. The other ways are inferred. Code that no known
 * instruction leads to must be led to by something unknown, so it is a root too (an orphan). Padding between blocks
 * is the exception: it is never executed, and that it would fall through into the block behind it must not count as a
 * way into that block. Code that only leads to itself (a loop) has a predecessor although nothing enters it: it is
 * what is left over when all that the roots lead to has been visited.
 *
 * A block begins at each leader (the first instruction, a root, the target of a branch, what follows a branch, what
 * follows padding), and ends before the next.
 */
#include "flow/cfg_build.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "flow/cfg_decode.h"
#include "flow/restart.h"

/* What is needed while building only. */
struct cfg_builder {
	const struct cfg_input *input;
	struct cfg *cfg;
	struct cfg_indirect indirect;
	uint8_t *leader; /* per instruction: a block begins here */
	bool *padding;	 /* per block */
	bool *reached;	 /* per block */
	uint32_t *stack; /* of blocks to visit */
	uint32_t n_stack;
};

static bool is_evaluable(const struct insn_condition *condition)
{
	return condition->mask || condition->rcx_width;
}

/*
 * Whether some code has no known way into it. An indirect jump whose table is not found but without
 * which nothing is unexplained is a tail call through a pointer. Asked when branches have been counted.
 */
static bool has_stray_code(const struct cfg *cfg)
{
	bool padding = false;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];
		bool unreached = (padding || i == 0 || ci[-1].next == CFG_NONE) && !ci->root && !ci->n_preds;

		if (unreached && !ci->insn.filler)
			return true;
		padding = unreached;
	}
	return false;
}

/* The ways in that the instructions themselves tell. */
static void infer_roots(struct cfg_builder *b)
{
	const struct cfg_input *input = b->input;
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (ci->insn.flow == INSN_FLOW_COND && !is_evaluable(&ci->insn.condition)) {
			cfg__add_root(cfg, ci->next, CFG_ROOT_INDIRECT);
			cfg__add_root(cfg, ci->taken, CFG_ROOT_INDIRECT);
		}
		if (cfg_decode__is_local_call(input, &ci->insn))
			cfg__add_root(cfg, cfg__find(cfg, ci->insn.target), CFG_ROOT_INDIRECT);
		if (ci->insn.flow == INSN_FLOW_CALL && input->returns_twice &&
		    input->returns_twice(ci->insn.target, input->ctx))
			cfg__add_root(cfg, ci->next, CFG_ROOT_PAD);
	}
	if (b->indirect.n_jumps && b->indirect.n_targets == 0 && has_stray_code(cfg))
		cfg->n_unresolved = b->indirect.n_jumps;
}

/* The address of an instruction that the line table names, when anything may be jumped to, begins a block. */
static void suspect_resync(struct cfg_builder *b)
{
	for (size_t i = 0; i < b->input->n_resync; i++)
		cfg__add_root(b->cfg, cfg__find(b->cfg, b->input->resync[i]), CFG_ROOT_SUSPECT);
}

static bool ends_block(const struct cfg_insn *ci)
{
	return ci->next == CFG_NONE || (ci->insn.flow != INSN_FLOW_NEXT && ci->insn.lng != INSN_LONG_CALL);
}

/* Code that follows padding begins a block even if nothing is known to lead there: padding does not. */
static void lead_after_padding(struct cfg_builder *b)
{
	const struct cfg *cfg = b->cfg;
	bool padding = false;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		bool cut_off = i == 0 || cfg->insns[i - 1].next == CFG_NONE;

		if (padding && !cfg->insns[i].insn.filler)
			b->leader[i] = true;
		padding = (padding || cut_off) && cfg->insns[i].insn.filler && !cfg->insns[i].root &&
			  !cfg->insns[i].n_preds;
	}
}

static int find_leaders(struct cfg_builder *b)
{
	const struct cfg *cfg = b->cfg;

	b->leader = calloc(cfg->n_insns ? cfg->n_insns : 1, sizeof(*b->leader));
	if (!b->leader)
		return -ENOMEM;
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (i == 0 || ci->root || ends_block(&cfg->insns[i - 1]))
			b->leader[i] = true;
		if (ci->taken != CFG_NONE)
			b->leader[ci->taken] = true;
	}
	lead_after_padding(b);
	return 0;
}

static int make_blocks(struct cfg_builder *b)
{
	struct cfg *cfg = b->cfg;
	uint32_t n = 1; /* the first instruction leads */

	for (uint32_t i = 1; i < cfg->n_insns; i++)
		n += b->leader[i];
	cfg->blocks = calloc(n, sizeof(*cfg->blocks));
	b->padding = calloc(n, sizeof(*b->padding));
	b->reached = calloc(n, sizeof(*b->reached));
	b->stack = calloc(n, sizeof(*b->stack));
	if (!cfg->blocks || !b->padding || !b->reached || !b->stack)
		return -ENOMEM;
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		if (b->leader[i])
			cfg->blocks[cfg->n_blocks++].first = i;
		cfg->blocks[cfg->n_blocks - 1].last = i;
		cfg->insns[i].block = cfg->n_blocks - 1;
	}
	return 0;
}

static bool is_padding(const struct cfg *cfg, const struct cfg_block *block)
{
	const struct cfg_insn *first = &cfg->insns[block->first];

	if (first->root || first->n_preds)
		return false;
	for (uint32_t i = block->first; i <= block->last; i++)
		if (!cfg->insns[i].insn.filler)
			return false;
	return true;
}

/*
 * Branches have been counted. So, block by block, all predecessors of a block are known when it comes to be
 * asked whether it is padding, since otherwise only the block before it leads to it.
 */
static void count_preds(struct cfg_builder *b)
{
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_blocks; i++) {
		const struct cfg_block *block = &cfg->blocks[i];

		b->padding[i] = is_padding(cfg, block);
		if (!b->padding[i] && cfg->n_unresolved)
			cfg__add_root(cfg, block->first, CFG_ROOT_SUSPECT);
		for (uint32_t j = block->first; j <= block->last; j++)
			if (!b->padding[i] || j < block->last)
				cfg__add_pred(cfg, cfg->insns[j].next);
	}
}

static void visit(struct cfg_builder *b, uint32_t insn)
{
	uint32_t block;

	if (insn == CFG_NONE)
		return;
	block = b->cfg->insns[insn].block;
	if (b->reached[block])
		return;
	b->reached[block] = true;
	b->stack[b->n_stack++] = block;
}

static void visit_all_from(struct cfg_builder *b, uint32_t insn)
{
	visit(b, insn);
	while (b->n_stack) {
		const struct cfg_block *block = &b->cfg->blocks[b->stack[--b->n_stack]];

		visit(b, b->cfg->insns[block->last].next);
		visit(b, b->cfg->insns[block->last].taken);
	}
}

static void find_orphans(struct cfg_builder *b)
{
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_blocks; i++) {
		struct cfg_insn *first = &cfg->insns[cfg->blocks[i].first];

		if (!b->padding[i] && !first->root && !first->n_preds)
			first->root = CFG_ROOT_ORPHAN;
		if (first->root)
			visit_all_from(b, cfg->blocks[i].first);
	}
	/* what is left leads to itself in circles */
	for (uint32_t i = 0; i < cfg->n_blocks; i++) {
		if (b->padding[i] || b->reached[i])
			continue;
		cfg->insns[cfg->blocks[i].first].root = CFG_ROOT_ORPHAN;
		visit_all_from(b, cfg->blocks[i].first);
	}
}

/* Compares an address with the code of a struct cfg_throwing. */
static int compare_throwing(const void *key, const void *item)
{
	const struct cfg_throwing *throwing = item;
	uint64_t addr = *(const uint64_t *)key;

	return addr < throwing->lo ? -1 : addr >= throwing->hi;
}

/* What INPUT says of where control goes when the code at ADDR throws, or NULL. */
static const struct cfg_throwing *find_throwing(const struct cfg_input *input, uint64_t addr)
{
	return bsearch(&addr, input->throwing, input->n_throwing, sizeof(*input->throwing), compare_throwing);
}

static int list_throws(struct cfg_builder *b)
{
	struct cfg *cfg = b->cfg;
	size_t capacity = 0;
	int err = 0;

	for (uint32_t i = 0; !err && i < cfg->n_insns && b->input->n_throwing; i++) {
		const struct cfg_throwing *throwing = cfg->insns[i].insn.lng == INSN_LONG_CALL
							      ? find_throwing(b->input, cfg->insns[i].insn.addr)
							      : NULL;
		uint32_t pad = throwing ? cfg__find(cfg, throwing->pad) : CFG_NONE;

		if (pad == CFG_NONE || !(cfg->insns[pad].root & CFG_ROOT_PAD))
			continue;
		err = grow__one(&cfg->throws, &capacity, cfg->n_throws, sizeof(*cfg->throws));
		if (!err)
			cfg->throws[cfg->n_throws++] = (struct cfg_throw){i, pad};
		cfg->insns[pad].thrown_to = true;
	}
	return err;
}

static int build(struct cfg_builder *b)
{
	int err = cfg_decode__insns(b->input, b->cfg, &b->indirect);

	if (err)
		return err;
	infer_roots(b);
	if (b->cfg->n_unresolved)
		suspect_resync(b);
	err = find_leaders(b);
	if (err)
		return err;
	err = make_blocks(b);
	if (err)
		return err;
	count_preds(b);
	find_orphans(b);
	restart__mark(b->cfg, b->input);
	return list_throws(b);
}

int cfg__build(const struct cfg_input *input, struct cfg **out)
{
	struct cfg_builder b = {.input = input};
	int err;

	b.cfg = calloc(1, sizeof(*b.cfg));
	if (!b.cfg)
		return -ENOMEM;
	err = build(&b);
	free(b.leader);
	free(b.padding);
	free(b.reached);
	free(b.stack);
	if (err) {
		cfg__free(b.cfg);
		return err;
	}
	*out = b.cfg;
	return 0;
}

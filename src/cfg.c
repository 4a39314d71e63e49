// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A body's bytes are its own, so a linear sweep decodes them all, padding included; where it fails
 * (data among the code) or steps over an address at which the line table says an instruction begins, it
 * starts again at the next such address. What follows is local: each instruction's successors, then the
 * leaders, then the blocks between them.
 *
 * What must not be missed is a way in. Known ways are roots: the entry, landing pads, jump tables. The rest
 * is inferred: a block that nothing known leads to must be led to by something unknown, unless it is padding
 * between blocks, which is never executed and whose fall-through into the next block must not count. Code
 * that leads to itself only (a loop) is found by walking from the roots and looking at what is left over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cfg.h"
#include "jumptable.h"

/* What is needed while building only. */
struct builder {
	const struct cfg_input *input;
	struct cfg *cfg;
	size_t capacity; /* of cfg->insns */
	uint8_t *leader; /* per instruction: a block begins here */
	bool *padding;	 /* per block */
	bool *reached;	 /* per block */
	uint32_t *stack; /* of blocks to visit */
	uint32_t n_stack;
	uint32_t n_indirect; /* indirect jumps that may stay inside */
};

#define LOCK_PREFIX 0xf0

uint32_t cfg__find(const struct cfg *cfg, uint64_t addr)
{
	uint32_t lo = 0, hi = cfg->n_insns;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (cfg->insns[mid].insn.addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < cfg->n_insns && cfg->insns[lo].insn.addr == addr ? lo : CFG_NONE;
}

void cfg__free(struct cfg *cfg)
{
	if (!cfg)
		return;
	free(cfg->insns);
	free(cfg->blocks);
	free(cfg);
}

static int append_insn(struct builder *b, const struct insn *insn)
{
	struct cfg *cfg = b->cfg;

	if (cfg->n_insns == b->capacity) {
		size_t capacity = b->capacity ? 2 * b->capacity : 64;
		struct cfg_insn *insns;

		if (capacity >= CFG_NONE)
			return -ENOMEM;
		insns = realloc(cfg->insns, capacity * sizeof(*insns));
		if (!insns)
			return -ENOMEM;
		cfg->insns = insns;
		b->capacity = capacity;
	}
	cfg->insns[cfg->n_insns++] = (struct cfg_insn){
		.insn = *insn,
		.next = CFG_NONE,
		.taken = CFG_NONE,
		.block = CFG_NONE,
	};
	return 0;
}

/* The first address above ADDR known to begin an instruction, or UINT64_MAX. */
static uint64_t next_anchor(const struct cfg_input *input, uint64_t addr)
{
	uint64_t anchor = input->entry > addr ? input->entry : UINT64_MAX;
	size_t lo = 0, hi = input->n_resync;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (input->resync[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < input->n_resync && input->resync[lo] < anchor)
		anchor = input->resync[lo];
	return anchor;
}

static int sweep_range(struct builder *b, const struct cfg_code *code)
{
	uint64_t addr = code->addr, end = code->addr + code->size;
	uint64_t anchor = next_anchor(b->input, addr);

	while (addr < end) {
		struct insn insn;
		int err = insn__decode(code->bytes + (addr - code->addr), end - addr, addr, &insn);

		while (anchor <= addr)
			anchor = next_anchor(b->input, addr);
		if (err || addr + insn.len > anchor) {
			uint64_t resume = anchor < end ? anchor : end;

			b->cfg->n_undecodable += resume - addr;
			addr = resume;
			continue;
		}
		err = append_insn(b, &insn);
		if (err)
			return err;
		addr += insn.len;
	}
	return 0;
}

static int sweep(struct builder *b)
{
	for (size_t i = 0; i < b->input->n_code; i++) {
		int err = sweep_range(b, &b->input->code[i]);

		if (err)
			return err;
	}
	b->cfg->entry = cfg__find(b->cfg, b->input->entry);
	return b->cfg->entry == CFG_NONE ? -ENOENT : 0;
}

static uint8_t byte_at(const struct cfg_input *input, uint64_t addr)
{
	for (size_t i = 0; i < input->n_code; i++)
		if (addr - input->code[i].addr < input->code[i].size)
			return input->code[i].bytes[addr - input->code[i].addr];
	return 0;
}

/* A branch may skip the lock prefix of an instruction (glibc does, when there is one thread). */
static uint32_t branch_target(const struct builder *b, uint64_t target)
{
	uint32_t index = cfg__find(b->cfg, target);

	if (index == CFG_NONE && byte_at(b->input, target - 1) == LOCK_PREFIX)
		index = cfg__find(b->cfg, target - 1);
	return index;
}

static bool is_call(const struct insn *insn)
{
	return insn->flow == INSN_FLOW_CALL || insn->flow == INSN_FLOW_CALL_INDIRECT;
}

static bool falls_through(const struct cfg_insn *ci)
{
	return !ci->noreturn &&
	       (ci->insn.flow == INSN_FLOW_NEXT || ci->insn.flow == INSN_FLOW_COND || is_call(&ci->insn));
}

static bool is_evaluable(const struct insn_condition *condition)
{
	return condition->mask || condition->rcx_width;
}

static void add_pred(struct cfg *cfg, uint32_t index)
{
	if (index != CFG_NONE && cfg->insns[index].n_preds < 2)
		cfg->insns[index].n_preds++;
}

static void link_insns(struct builder *b)
{
	const struct cfg_input *input = b->input;
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		struct cfg_insn *ci = &cfg->insns[i];
		const struct insn *insn = &ci->insn;

		ci->noreturn = insn->flow == INSN_FLOW_CALL && input->is_noreturn &&
			       input->is_noreturn(insn->target, input->ctx);
		if (insn->flow == INSN_FLOW_JUMP || insn->flow == INSN_FLOW_COND)
			ci->taken = branch_target(b, insn->target);
		add_pred(cfg, ci->taken);
		if (falls_through(ci) && i + 1 < cfg->n_insns && cfg->insns[i + 1].insn.addr == insn->addr + insn->len)
			ci->next = i + 1;
		if (insn->flow == INSN_FLOW_JUMP_INDIRECT && !insn->through_got)
			b->n_indirect++;
	}
}

static void add_root(struct cfg *cfg, uint32_t index, enum cfg_root root)
{
	if (index != CFG_NONE)
		cfg->insns[index].root |= root;
}

/* Marks the instructions at ADDRS; returns how many of them are not the entry. */
static uint32_t add_roots(struct cfg *cfg, const uint64_t *addrs, size_t n, enum cfg_root root)
{
	uint32_t inside = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t index = cfg__find(cfg, addrs[i]);

		if (index == CFG_NONE || index == cfg->entry)
			continue;
		add_root(cfg, index, root);
		inside++;
	}
	return inside;
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

static int find_roots(struct builder *b)
{
	const struct cfg_input *input = b->input;
	struct cfg *cfg = b->cfg;
	uint32_t n_targets = 0, n_handed_in;
	int err = 0;

	add_root(cfg, cfg->entry, CFG_ROOT_ENTRY);
	n_handed_in = add_roots(cfg, input->roots, input->n_roots, CFG_ROOT_INDIRECT);
	add_roots(cfg, input->pads, input->n_pads, CFG_ROOT_PAD);

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (ci->insn.flow == INSN_FLOW_COND && !is_evaluable(&ci->insn.condition)) {
			add_root(cfg, ci->next, CFG_ROOT_INDIRECT);
			add_root(cfg, ci->taken, CFG_ROOT_INDIRECT);
		}
		/* hand-written code that calls a part of itself; recursion enters by the entry */
		if (ci->insn.flow == INSN_FLOW_CALL && ci->insn.target != input->entry)
			add_root(cfg, cfg__find(cfg, ci->insn.target), CFG_ROOT_INDIRECT);
		if (ci->insn.flow == INSN_FLOW_CALL && input->returns_twice &&
		    input->returns_twice(ci->insn.target, input->ctx))
			add_root(cfg, ci->next, CFG_ROOT_PAD);
	}
	if (b->n_indirect) {
		err = jumptable__mark(cfg, input, &n_targets);
		if (n_targets == 0 && n_handed_in == 0 && has_stray_code(cfg))
			cfg->n_unresolved = b->n_indirect;
	}
	return err;
}

/* The address of an instruction that the line table names, when anything may be jumped to, begins a block. */
static void suspect_resync(struct builder *b)
{
	for (size_t i = 0; i < b->input->n_resync; i++)
		add_root(b->cfg, cfg__find(b->cfg, b->input->resync[i]), CFG_ROOT_SUSPECT);
}

static bool ends_block(const struct cfg_insn *ci)
{
	return ci->next == CFG_NONE || (ci->insn.flow != INSN_FLOW_NEXT && !is_call(&ci->insn));
}

/* Code that follows padding begins a block even if nothing is known to lead there: padding does not. */
static void lead_after_padding(struct builder *b)
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

static int find_leaders(struct builder *b)
{
	const struct cfg *cfg = b->cfg;

	b->leader = calloc(cfg->n_insns, sizeof(*b->leader));
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

static int make_blocks(struct builder *b)
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
static void count_preds(struct builder *b)
{
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_blocks; i++) {
		const struct cfg_block *block = &cfg->blocks[i];

		b->padding[i] = is_padding(cfg, block);
		if (!b->padding[i] && cfg->n_unresolved)
			add_root(cfg, block->first, CFG_ROOT_SUSPECT);
		for (uint32_t j = block->first; j <= block->last; j++)
			if (!b->padding[i] || j < block->last)
				add_pred(cfg, cfg->insns[j].next);
	}
}

static void visit(struct builder *b, uint32_t insn)
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

static void visit_all_from(struct builder *b, uint32_t insn)
{
	visit(b, insn);
	while (b->n_stack) {
		const struct cfg_block *block = &b->cfg->blocks[b->stack[--b->n_stack]];

		visit(b, b->cfg->insns[block->last].next);
		visit(b, b->cfg->insns[block->last].taken);
	}
}

static void find_orphans(struct builder *b)
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

static int build(struct builder *b)
{
	int err = sweep(b);

	if (err)
		return err;
	link_insns(b);
	err = find_roots(b);
	if (err)
		return err;
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
	return 0;
}

int cfg__build(const struct cfg_input *input, struct cfg **out)
{
	struct builder b = {.input = input};
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

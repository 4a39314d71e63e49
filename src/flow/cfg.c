// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A linear sweep decodes the body's bytes, padding included; where it fails (data among the code) or steps
 * over an anchor, an address that is known to begin an instruction, it starts again at the next anchor. A sweep
 * cannot tell data from code, though, and a probe on data or in the middle of an instruction destroys the target. So
 * an instruction counts only when something proves that it begins where it was decoded: an anchor (the entry, the
 * beginning of a range, a row of the line table, a landing pad), a label or jump table, or control that comes from a
 * proven instruction. A branch of a proven instruction to where the sweep found none gives a new anchor, and the
 * sweep is done anew. What is not proven in the end is dropped; when control can get there, the body is refused.
 * What follows is local: each instruction's successors, then the leaders, then the blocks between them.
 *
 * What must not be missed is a way in. Known ways are roots: the entry, landing pads, jump tables. The rest
 * is inferred: a block that nothing known leads to must be led to by something unknown, unless it is padding
 * between blocks, which is never executed and whose fall-through into the next block must not count. Code
 * that leads to itself only (a loop) is found by walking from the roots and looking at what is left over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sort.h"
#include "flow/cfg.h"
#include "flow/jumptable.h"

/* What is needed while building only. */
struct builder {
	const struct cfg_input *input;
	struct cfg *cfg;
	size_t capacity;   /* of cfg->insns */
	uint64_t *anchors; /* sorted addresses within the body at which an instruction begins for certain */
	size_t n_anchors, anchors_capacity;
	bool *proven;	 /* per instruction: it begins there for certain */
	uint8_t *leader; /* per instruction: a block begins here */
	bool *padding;	 /* per block */
	bool *reached;	 /* per block */
	uint32_t *stack; /* of blocks to visit */
	uint32_t n_stack;
	uint32_t n_indirect; /* indirect jumps that may stay inside */
	uint32_t n_targets;  /* places that they are known to lead to */
};

#define LOCK_PREFIX  0xf0
#define REPNE_PREFIX 0xf2
#define REP_PREFIX   0xf3

/* In assembler sources a prefix may stand on a line of its own (`lock; decl`): what follows it is no anchor. */
static bool is_prefix(uint8_t byte)
{
	return byte == LOCK_PREFIX || byte == REPNE_PREFIX || byte == REP_PREFIX;
}

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

static struct cfg_insn unlinked(const struct insn *insn)
{
	return (struct cfg_insn){.insn = *insn, .next = CFG_NONE, .taken = CFG_NONE, .block = CFG_NONE};
}

static int append_insn(struct builder *b, const struct insn *insn)
{
	struct cfg *cfg = b->cfg;

	if (cfg->n_insns + 1 >= CFG_NONE || grow__one(&cfg->insns, &b->capacity, cfg->n_insns, sizeof(*cfg->insns)))
		return -ENOMEM;
	cfg->insns[cfg->n_insns++] = unlinked(insn);
	return 0;
}

static bool is_inside(const struct cfg_input *input, uint64_t addr)
{
	for (size_t i = 0; i < input->n_code; i++)
		if (addr - input->code[i].addr < input->code[i].size)
			return true;
	return false;
}

static int add_anchor(struct builder *b, uint64_t addr)
{
	int err;

	if (!is_inside(b->input, addr))
		return 0;
	err = grow__one(&b->anchors, &b->anchors_capacity, b->n_anchors, sizeof(*b->anchors));
	if (!err)
		b->anchors[b->n_anchors++] = addr;
	return err;
}

static int collect_anchors(struct builder *b)
{
	const struct cfg_input *input = b->input;
	int err = add_anchor(b, input->entry);

	for (size_t i = 0; !err && i < input->n_code; i++)
		err = add_anchor(b, input->code[i].addr);
	for (size_t i = 0; !err && i < input->n_resync; i++)
		err = add_anchor(b, input->resync[i]);
	for (size_t i = 0; !err && i < input->n_pads; i++)
		err = add_anchor(b, input->pads[i]);
	sort__u64(b->anchors, b->n_anchors);
	return err;
}

/* The first anchor above ADDR, or UINT64_MAX. */
static uint64_t next_anchor(const struct builder *b, uint64_t addr)
{
	size_t lo = 0, hi = b->n_anchors;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->anchors[mid] <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->n_anchors ? b->anchors[lo] : UINT64_MAX;
}

static int sweep_range(struct builder *b, const struct cfg_code *code)
{
	uint64_t addr = code->addr, end = code->addr + code->size;

	while (addr < end) {
		const uint8_t *bytes = code->bytes + (addr - code->addr);
		uint64_t anchor = next_anchor(b, is_prefix(*bytes) ? addr + 1 : addr);
		struct insn insn;
		int err = insn__decode(bytes, end - addr, addr, &insn);

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
	b->cfg->n_insns = 0;
	b->cfg->n_undecodable = 0;
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

	b->n_indirect = 0;
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

/* The ways in that are known from outside of the body's code. */
static int mark_roots(struct builder *b)
{
	const struct cfg_input *input = b->input;
	struct cfg *cfg = b->cfg;
	uint32_t n_listed = 0;
	int err = 0;

	add_root(cfg, cfg->entry, CFG_ROOT_ENTRY);
	b->n_targets = add_roots(cfg, input->roots, input->n_roots, CFG_ROOT_INDIRECT);
	add_roots(cfg, input->pads, input->n_pads, CFG_ROOT_PAD);
	if (b->n_indirect)
		err = jumptable__mark(cfg, input, &n_listed);
	b->n_targets += n_listed;
	return err;
}

/* A call of a part of the body by another (hand-written code), which need not return; recursion enters by the entry. */
static bool is_local_call(const struct builder *b, const struct insn *insn)
{
	return insn->flow == INSN_FLOW_CALL && insn->target != b->input->entry && is_inside(b->input, insn->target);
}

static void prove(struct builder *b, uint32_t i, uint32_t *stack, uint32_t *n)
{
	if (i == CFG_NONE || b->proven[i])
		return;
	b->proven[i] = true;
	stack[(*n)++] = i;
}

/* Everything that control reaches from the instructions on the STACK is proven. */
static void prove_reached(struct builder *b, uint32_t *stack, uint32_t n)
{
	while (n) {
		const struct cfg_insn *ci = &b->cfg->insns[stack[--n]];

		prove(b, ci->taken, stack, &n);
		if (is_local_call(b, &ci->insn))
			prove(b, cfg__find(b->cfg, ci->insn.target), stack, &n);
		else
			prove(b, ci->next, stack, &n);
	}
}

static int find_proven(struct builder *b)
{
	const struct cfg *cfg = b->cfg;
	uint32_t *stack = calloc(cfg->n_insns, sizeof(*stack)), n = 0;

	free(b->proven);
	b->proven = calloc(cfg->n_insns, sizeof(*b->proven));
	if (!stack || !b->proven) {
		free(stack);
		return -ENOMEM;
	}
	for (size_t i = 0; i < b->n_anchors; i++)
		prove(b, cfg__find(cfg, b->anchors[i]), stack, &n);
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].root)
			prove(b, i, stack, &n);
	prove_reached(b, stack, n);
	free(stack);
	return 0;
}

/* Where instruction I leads by a direct branch or call, when that is inside the body but was not decoded; else 0. */
static uint64_t missed_target(const struct builder *b, const struct cfg_insn *ci)
{
	bool branch = ci->insn.flow == INSN_FLOW_JUMP || ci->insn.flow == INSN_FLOW_COND;

	if (!branch && !is_local_call(b, &ci->insn))
		return 0;
	if (!is_inside(b->input, ci->insn.target) || branch_target(b, ci->insn.target) != CFG_NONE)
		return 0;
	return ci->insn.target;
}

/* Makes the branch targets that the sweep missed anchors; *found tells whether there were any. */
static int add_missed_targets(struct builder *b, bool *found)
{
	size_t before = b->n_anchors;
	int err = 0;

	for (uint32_t i = 0; !err && i < b->cfg->n_insns; i++) {
		uint64_t target = b->proven[i] ? missed_target(b, &b->cfg->insns[i]) : 0;

		/* One that is an anchor already cannot be decoded. */
		if (target && next_anchor(b, target - 1) != target)
			err = add_anchor(b, target);
	}
	*found = b->n_anchors != before;
	sort__u64(b->anchors, b->n_anchors);
	return err;
}

static bool is_dropped(const struct builder *b, uint32_t i)
{
	return !b->proven[i] && !b->cfg->insns[i].insn.filler;
}

/* Drops what is neither proven nor padding. What was linked is not any more when there was any: returns whether. */
static bool drop_unproven(struct builder *b)
{
	struct cfg *cfg = b->cfg;
	uint32_t kept = 0, n = cfg->n_insns;

	while (kept < n && !is_dropped(b, kept))
		kept++;
	if (kept == n)
		return false;
	kept = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (is_dropped(b, i)) {
			/* Without indirect jumps it is dead code, or data: nothing can lead there. */
			cfg->n_undecodable += b->n_indirect ? cfg->insns[i].insn.len : 0;
			continue;
		}
		b->proven[kept] = b->proven[i];
		cfg->insns[kept++] = unlinked(&cfg->insns[i].insn);
	}
	cfg->n_insns = kept;
	cfg->entry = cfg__find(cfg, b->input->entry);
	return true;
}

/* Whether control may get to bytes of the body of which it is not known what they are. */
static bool reaches_unknown(const struct builder *b)
{
	const struct cfg *cfg = b->cfg;

	if (b->n_indirect && !b->n_targets && cfg->n_undecodable)
		return true;
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (!b->proven[i])
			continue;
		if (missed_target(b, ci))
			return true;
		if (falls_through(ci) && (ci->next == CFG_NONE || !b->proven[ci->next]) &&
		    is_inside(b->input, ci->insn.addr + ci->insn.len))
			return true;
	}
	return false;
}

static int link_and_mark(struct builder *b)
{
	link_insns(b);
	return mark_roots(b);
}

/* Decodes what is proven to be instructions, and links them. 0, -ENOENT, -EILSEQ or -ENOMEM. */
static int decode(struct builder *b)
{
	bool missed;
	int err = collect_anchors(b);

	do {
		missed = false;
		if (!err)
			err = sweep(b);
		if (!err)
			err = link_and_mark(b);
		if (!err)
			err = find_proven(b);
		if (!err)
			err = add_missed_targets(b, &missed);
	} while (!err && missed);
	if (err)
		return err;
	/* The successors were found from the proven and the others alike. */
	if (drop_unproven(b))
		err = link_and_mark(b);
	return err ? err : reaches_unknown(b) ? -EILSEQ : 0;
}

/* The ways in that the instructions themselves tell. */
static void infer_roots(struct builder *b)
{
	const struct cfg_input *input = b->input;
	struct cfg *cfg = b->cfg;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *ci = &cfg->insns[i];

		if (ci->insn.flow == INSN_FLOW_COND && !is_evaluable(&ci->insn.condition)) {
			add_root(cfg, ci->next, CFG_ROOT_INDIRECT);
			add_root(cfg, ci->taken, CFG_ROOT_INDIRECT);
		}
		if (is_local_call(b, &ci->insn))
			add_root(cfg, cfg__find(cfg, ci->insn.target), CFG_ROOT_INDIRECT);
		if (ci->insn.flow == INSN_FLOW_CALL && input->returns_twice &&
		    input->returns_twice(ci->insn.target, input->ctx))
			add_root(cfg, ci->next, CFG_ROOT_PAD);
	}
	if (b->n_indirect && b->n_targets == 0 && has_stray_code(cfg))
		cfg->n_unresolved = b->n_indirect;
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
	int err = decode(b);

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
	free(b.anchors);
	free(b.proven);
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

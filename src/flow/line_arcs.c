// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The blocks of a line are those that have code of it. Besides, control may stay in the line in a block that
 * has code without a line only (a silent one), if it always comes there from blocks of the line. Such blocks do not
 * begin the line; but behind one, the line may begin again: what was between has lost its code, or its line.
 *
 * A landing pad is come to from the calls that threw there (thrown.c).
 *
 * An indirect jump leads to every root of its kind. So it is within the line only if all the body's indirect jumps are
 * on the line, and then all these arcs are taken to come from the first of them (the dispatcher).
 *
 * Where nothing marks the beginnings of statements, an arc from one block of the line to another that begins with the
 * same operation of the same place may be the way from one round of an unrolled loop to the next.
 */
#include "flow/line_arcs.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/thrown.h"

static const struct cfg *cfg_of(const struct line_arcs *arcs)
{
	return arcs->a->plan->cfg;
}

static bool ends_indirect(const struct cfg *cfg, uint32_t block)
{
	return cfg->insns[cfg->blocks[block].last].insn.flow == INSN_FLOW_JUMP_INDIRECT;
}

/* The arcs within the line at hand: the dispatcher leads to the line's indirect roots as well. */
static bool group_arc(void *ctx, uint32_t block, uint32_t which, struct block_arc *arc)
{
	const struct line_arcs *arcs = ctx;
	uint32_t first;

	*arc = (struct block_arc){CFG_NONE, 0};
	if (which < 2) {
		*arc = block_flow__successor(arcs->a, block, which);
		return true;
	}
	if (block != arcs->dispatcher || which - 2 >= arcs->n)
		return false;
	first = cfg_of(arcs)->blocks[arcs->blocks[which - 2]].first;
	if (cfg_of(arcs)->insns[first].root & CFG_ROOT_INDIRECT)
		*arc = (struct block_arc){arcs->blocks[which - 2], arcs->a->rooted[first]};
	return true;
}

/* Whether the cycle on the search's path is more than the loop of one inlined call. */
static bool is_own_cycle(void *ctx, const struct block_search *search, uint32_t from, uint32_t which)
{
	const struct line_arcs *arcs = ctx;
	uint32_t call = arcs->call_of[search->stack[from]];

	(void)which;
	for (uint32_t d = from; d <= search->depth; d++)
		if (!arcs->silent[search->stack[d]] && (!call || arcs->call_of[search->stack[d]] != call))
			return true;
	return false;
}

/* Whether BLOCK has nothing but code without a line, and is come to from other blocks only. */
static bool is_silent(const struct line_arcs *arcs, uint32_t block)
{
	const struct cfg_block *b = &cfg_of(arcs)->blocks[block];

	for (uint32_t i = b->first; i <= b->last; i++)
		if (!arcs->code->lines[i].quiet && !cfg_of(arcs)->insns[i].insn.filler)
			return false;
	return !cfg_of(arcs)->insns[b->first].root;
}

/* Looks at every block once: how it ends, and whether all of its code belongs to one inlined call. */
static void look_at_blocks(struct line_arcs *arcs)
{
	for (uint32_t block = 0; block < cfg_of(arcs)->n_blocks; block++) {
		const struct insn_line *own = NULL;

		arcs->n_indirect += ends_indirect(cfg_of(arcs), block);
		arcs->silent[block] = is_silent(arcs, block);
		for (uint32_t i = cfg_of(arcs)->blocks[block].first; i <= cfg_of(arcs)->blocks[block].last; i++) {
			const struct insn_line *line = &arcs->code->lines[i];

			if (line->quiet)
				continue;
			arcs->call_of[block] = own && own->call != line->call ? 0 : line->call;
			if (own && own->call != line->call)
				break;
			own = line;
		}
	}
}

/* Control comes along ARC from the K-th block of the line at hand; takes a silent block to which it always does so. */
static void arrive(struct line_arcs *arcs, uint32_t k, const struct block_arc *arc)
{
	uint32_t from = arcs->blocks[k], block = arc->block;

	if (!arcs->arrived[block])
		arcs->before[block] = k < arcs->n ? from : arcs->before[from];
	arcs->arrived[block] += arc->count;
	if (arcs->arrived[block] < arcs->a->counts[cfg_of(arcs)->blocks[block].first])
		return;
	arcs->blocks[arcs->n_inside++] = block;
	arcs->inside[block] = true;
	arcs->internal[block] = 0;
}

/* Whether BLOCK is nothing but a jump on the line at hand. */
static bool is_jump_of_line(const struct line_arcs *arcs, uint32_t block)
{
	const struct cfg_block *b = &cfg_of(arcs)->blocks[block];
	const struct insn_line *at = &arcs->code->lines[b->first];

	return b->first == b->last && at->line == arcs->line && !at->quiet &&
	       block_flow__leads_on(cfg_of(arcs), b->first) && !cfg_of(arcs)->insns[b->first].root;
}

/*
 * Takes the silent blocks that are come to from blocks of the line at hand alone: the line goes on there. They stand
 * behind the others whatever their numbers are: every cycle that they are in is entered through one of those.
 */
static void add_silent(struct line_arcs *arcs)
{
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t k = 0; k < arcs->n_inside; k++) {
			for (uint32_t which = 0; which < 2; which++) {
				struct block_arc arc = block_flow__successor(arcs->a, arcs->blocks[k], which);

				if (arc.block == CFG_NONE ||
				    (!arcs->silent[arc.block] && !is_jump_of_line(arcs, arc.block)))
					continue;
				if (pass)
					arcs->arrived[arc.block] = 0;
				else if (arc.count && !arcs->inside[arc.block])
					arrive(arcs, k, &arc);
			}
		}
	}
}

/* The first instruction of the line at hand in BLOCK, CFG_NONE when it is an inlined callee's. */
static uint32_t first_of_line(const struct line_arcs *arcs, uint32_t block)
{
	const struct cfg_block *b = &cfg_of(arcs)->blocks[block];

	for (uint32_t i = b->first; i <= b->last; i++)
		if (arcs->code->lines[i].line == arcs->line && !arcs->code->lines[i].quiet)
			return arcs->code->lines[i].call ? CFG_NONE : i;
	return CFG_NONE;
}

/*
 * Whether the arc between two blocks of the line at hand may be the way from one round of an unrolled loop to the next:
 * both begin with the same operation of the same place. The tests for the types that the clauses behind a `try` catch
 * do that as well, one behind the other.
 */
static bool begins_again(struct line_arcs *arcs, uint32_t from, uint32_t to)
{
	uint32_t a, b;

	if (!arcs->code->optimised || arcs->code->marked || arcs->order[to] <= arcs->order[from] ||
	    (arcs->caught[from] && arcs->caught[to]))
		return false;
	a = first_of_line(arcs, from);
	b = first_of_line(arcs, to);
	return a != CFG_NONE && b != CFG_NONE && arcs->code->lines[a].column &&
	       arcs->code->lines[a].column == arcs->code->lines[b].column &&
	       cfg_of(arcs)->insns[a].insn.operation == cfg_of(arcs)->insns[b].insn.operation;
}

/* The first call that the line at hand itself makes in BLOCK, or CFG_NONE. */
static uint32_t first_call(const struct line_arcs *arcs, uint32_t block)
{
	const struct cfg_block *b = &cfg_of(arcs)->blocks[block];

	for (uint32_t i = b->first; i <= b->last; i++) {
		const struct insn_line *at = &arcs->code->lines[i];

		if (at->line == arcs->line && !at->quiet && !at->call &&
		    cfg_of(arcs)->insns[i].insn.lng == INSN_LONG_CALL)
			return i;
	}
	return CFG_NONE;
}

/* As begins_again(): both make the same call at the same place. */
static bool calls_again(const struct line_arcs *arcs, uint32_t from, uint32_t to)
{
	uint32_t a, b;

	if (!arcs->code->optimised || arcs->code->marked || arcs->order[to] <= arcs->order[from])
		return false;
	a = first_call(arcs, from);
	b = first_call(arcs, to);
	return a != CFG_NONE && b != CFG_NONE && arcs->code->lines[a].column == arcs->code->lines[b].column &&
	       cfg_of(arcs)->insns[a].insn.target == cfg_of(arcs)->insns[b].insn.target;
}

/* Notes an ARC within the line at hand, from block FROM. */
static void note_internal_arc(struct line_arcs *arcs, uint32_t from, const struct block_arc *arc)
{
	arcs->internal[arc->block] += arc->count;
	arcs->again[from] = arcs->again[from] || (arc->count && begins_again(arcs, from, arc->block));
}

static bool is_call_of_line(const void *ctx, uint32_t call)
{
	const struct line_arcs *arcs = ctx;

	return arcs->code->lines[call].line == arcs->line && !arcs->code->lines[call].quiet;
}

/*
 * Notes what calls of the line at hand threw to its landing pads. (By GCC, gcov has a hit of the line for each of them,
 * unless they are an inlined callee's.)
 */
static void note_thrown(struct line_arcs *arcs)
{
	bool all = arcs->code->optimised && !arcs->code->marked;

	arcs->unsure = false;
	for (uint32_t k = 0; k < arcs->n_inside; k++) {
		bool asked = all || first_of_line(arcs, arcs->blocks[k]) == CFG_NONE;
		struct thrown thrown = {0, false};

		if (asked)
			thrown = thrown__count(arcs->a, arcs->blocks[k], is_call_of_line, arcs);

		arcs->internal[arcs->blocks[k]] += thrown.n;
		arcs->unsure = arcs->unsure || thrown.unsure;
	}
}

/* Whether BLOCK is the head of a loop and begins with code of another line than the one at hand. */
static bool is_head_of_another(const struct line_arcs *arcs, uint32_t block)
{
	const struct cfg_block *b = &cfg_of(arcs)->blocks[block];
	bool head = false;

	for (size_t k = 0; k < arcs->loops->n; k++)
		head |= arcs->loops->items[k].head == block;
	for (uint32_t i = b->first; head && i <= b->last; i++)
		if (arcs->code->lines[i].line && !arcs->code->lines[i].quiet)
			return arcs->code->lines[i].line != arcs->line;
	return false;
}

/* Whether the line at hand begins again in BLOCK, to which control comes from its block FROM by way of a silent one. */
static bool begins_behind(struct line_arcs *arcs, uint32_t from, uint32_t block)
{
	return begins_again(arcs, from, block) || calls_again(arcs, from, block) ||
	       (arcs->code->optimised && !arcs->code->marked && is_head_of_another(arcs, block));
}

static void note_internal_arcs(struct line_arcs *arcs)
{
	struct block_arc arc;

	for (uint32_t k = 0; k < arcs->n; k++)
		for (uint32_t which = 0; group_arc(arcs, arcs->blocks[k], which, &arc); which++)
			if (arc.block != CFG_NONE && arcs->inside[arc.block])
				note_internal_arc(arcs, arcs->blocks[k], &arc);
	/* Behind silent blocks the line may begin again: what was between has lost its code, or its line. */
	for (uint32_t k = arcs->n; k < arcs->n_inside; k++) {
		for (uint32_t which = 0; which < 2; which++) {
			arc = block_flow__successor(arcs->a, arcs->blocks[k], which);
			if (arc.block != CFG_NONE && arcs->inside[arc.block] &&
			    !begins_behind(arcs, arcs->before[arcs->blocks[k]], arc.block))
				arcs->internal[arc.block] += arc.count;
		}
	}
}

static void end_line(struct line_arcs *arcs)
{
	for (uint32_t k = 0; k < arcs->n_inside; k++)
		arcs->inside[arcs->blocks[k]] = false;
}

void line_arcs__begin(struct line_arcs *arcs, uint32_t line, const uint32_t *blocks, uint32_t n)
{
	uint32_t n_indirect = 0;

	end_line(arcs);
	arcs->line = line;
	arcs->n = n;
	arcs->n_inside = n;
	arcs->dispatcher = CFG_NONE;
	for (uint32_t k = 0; k < n; k++) {
		arcs->blocks[k] = blocks[k];
		arcs->inside[blocks[k]] = true;
		arcs->internal[blocks[k]] = 0;
		arcs->again[blocks[k]] = false;
		if (ends_indirect(cfg_of(arcs), blocks[k]) && !n_indirect++)
			arcs->dispatcher = blocks[k];
	}
	if (n_indirect < arcs->n_indirect)
		arcs->dispatcher = CFG_NONE;
	add_silent(arcs);
	note_internal_arcs(arcs);
	note_thrown(arcs);
}

static bool has_call(const struct cfg *cfg, uint32_t block)
{
	for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last; i++)
		if (cfg->insns[i].insn.lng == INSN_LONG_CALL)
			return true;
	return false;
}

/* Finds the blocks that ask for the type of what was thrown; a handler begins with a call, and belongs to them. */
static void find_caught(struct line_arcs *arcs)
{
	const struct cfg *cfg = cfg_of(arcs);
	uint32_t *stack = arcs->blocks, n = 0; /* it is free until the first line */

	for (uint32_t block = 0; block < cfg->n_blocks; block++) {
		if (!(cfg->insns[cfg->blocks[block].first].root & CFG_ROOT_PAD))
			continue;
		arcs->caught[block] = true;
		stack[n++] = block;
	}
	while (n) {
		uint32_t block = stack[--n];

		for (uint32_t which = 0; which < 2 && !has_call(cfg, block); which++) {
			uint32_t to = block_flow__successor(arcs->a, block, which).block;

			if (to == CFG_NONE || arcs->caught[to])
				continue;
			arcs->caught[to] = true;
			stack[n++] = to;
		}
	}
}

uint64_t line_arcs__cycles(struct line_arcs *arcs, struct block_search *search)
{
	const struct block_group group = {
		.blocks = arcs->blocks, .n = arcs->n_inside, .arc = group_arc, .counts = is_own_cycle, .ctx = arcs};

	return block_search__cycles(search, &group);
}

int line_arcs__init(struct line_arcs *arcs)
{
	uint32_t n = cfg_of(arcs)->n_blocks;

	arcs->internal = calloc(n, sizeof(*arcs->internal));
	arcs->again = calloc(n, sizeof(*arcs->again));
	arcs->call_of = calloc(n, sizeof(*arcs->call_of));
	arcs->silent = calloc(n, sizeof(*arcs->silent));
	arcs->inside = calloc(n, sizeof(*arcs->inside));
	arcs->arrived = calloc(n, sizeof(*arcs->arrived));
	arcs->before = calloc(n, sizeof(*arcs->before));
	arcs->blocks = calloc(n, sizeof(*arcs->blocks));
	arcs->caught = calloc(n, sizeof(*arcs->caught));
	if (!arcs->internal || !arcs->again || !arcs->call_of || !arcs->silent || !arcs->inside || !arcs->arrived ||
	    !arcs->before || !arcs->blocks || !arcs->caught)
		return -ENOMEM;
	look_at_blocks(arcs);
	find_caught(arcs);
	return 0;
}

void line_arcs__release(struct line_arcs *arcs)
{
	free(arcs->internal);
	free(arcs->again);
	free(arcs->call_of);
	free(arcs->silent);
	free(arcs->inside);
	free(arcs->arrived);
	free(arcs->before);
	free(arcs->blocks);
	free(arcs->caught);
}

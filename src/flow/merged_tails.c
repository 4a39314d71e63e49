// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where two ways end with equal code, GCC keeps one of the pieces, and lets the other way jump there. The piece
 * has the marks and lines of one of them, which gets the hits of both.
 *
 * Programs go downwards but for loops: from a statement control comes to one that is written below it, or begins a loop
 * anew. So an arc that leads to a statement above the one passed last, and closes no cycle, leads to code that was
 * merged, if the program has no `goto`. (The first line of a loop may have its step, to which its body leads. The
 * line that declares the function has code that restores registers.)
 *
 * Code without marks tells the same if its line has no mark anywhere, unless that has one it may have been moved.
 */
#include "flow/merged_tails.h"

#include <stdbool.h>

#include "dwarf/debug_places.h"
#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct loop_list *loops;
	const uint32_t *order;
	struct line_hits_list *list;
	struct block_search search;
	uint32_t passed; /* the first of the lines whose marks control may have passed last; UINT32_MAX: not known */
};

/* The line of the first mark in BLOCK, or of the last one; 0: there is none. */
static uint32_t mark_of(const struct finder *f, uint32_t block, bool last)
{
	uint32_t line = 0;

	for (size_t k = 0; k < f->code->n_marks && f->code->marks[k].insn <= f->cfg->blocks[block].last; k++) {
		if (f->code->marks[k].insn < f->cfg->blocks[block].first)
			continue;
		line = f->code->marks[k].line;
		if (!last)
			break;
	}
	return line;
}

/* The line with which BLOCK begins, or 0. */
static uint32_t first_line(const struct finder *f, uint32_t block)
{
	uint32_t line = mark_of(f, block, false);

	for (uint32_t i = f->cfg->blocks[block].first; !line && i <= f->cfg->blocks[block].last; i++)
		line = line_code__own_line(f->code, i);
	return line;
}

static enum block_search_next look_back(void *ctx, uint32_t block)
{
	struct finder *f = ctx;
	uint32_t line = mark_of(f, block, true);

	if (!line)
		return BLOCK_SEARCH_BEHIND;
	if (line < f->passed)
		f->passed = line;
	return BLOCK_SEARCH_ELSEWHERE;
}

/* The first line of the smallest loop that both blocks are in; 0: there is no such loop. */
static uint32_t first_of_loop(const struct finder *f, uint32_t from, uint32_t to)
{
	const struct loop *loop = loops__innermost(f->loops, to);
	uint32_t lowest = UINT32_MAX;

	if (!loop || !loop__contains(loop, from))
		return 0;
	for (size_t k = 0; k < f->code->n_marks; k++)
		if (loop__contains(loop, f->cfg->insns[f->code->marks[k].insn].block) &&
		    f->code->marks[k].line < lowest)
			lowest = f->code->marks[k].line;
	return lowest;
}

/* Doubts the lines of BLOCK that are above PASSED. */
static void doubt_block(const struct finder *f, uint32_t block, uint32_t passed)
{
	for (size_t k = 0; k < f->code->n_marks; k++)
		if (f->cfg->insns[f->code->marks[k].insn].block == block && f->code->marks[k].line < passed)
			line_hits__doubt(f->list, f->code->marks[k].line);
	for (uint32_t i = f->cfg->blocks[block].first; i <= f->cfg->blocks[block].last; i++) {
		uint32_t line = line_code__own_line(f->code, i);

		if (line && line < passed && !line_code__has_mark(f->code, line))
			line_hits__doubt(f->list, line);
	}
}

static void look_at_arc(struct finder *f, uint32_t from, const struct block_arc *arc, uint32_t declared)
{
	uint32_t line = first_line(f, arc->block);

	if (!line || line & DEBUG_PLACE_OTHER || line <= declared || f->order[arc->block] <= f->order[from] ||
	    (!mark_of(f, arc->block, false) && line_code__has_mark(f->code, line)))
		return;
	f->passed = UINT32_MAX;
	if (look_back(f, from) == BLOCK_SEARCH_BEHIND)
		block_search__back(&f->search, f->a, from, true, look_back, f);
	if (f->passed == UINT32_MAX || f->passed & DEBUG_PLACE_OTHER || line >= f->passed ||
	    line == first_of_loop(f, from, arc->block))
		return;
	doubt_block(f, arc->block, f->passed);
}

int merged_tails__doubt(const struct attribution *attribution, const struct line_code *code,
			const struct loop_list *loops, const uint32_t *order, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {.a = attribution, .cfg = cfg, .code = code, .loops = loops, .order = order, .list = list};
	uint32_t declared = code->n_marks ? code->marks[0].line : 0;
	int err = block_search__init(&f.search, cfg->n_blocks);

	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line < declared)
			declared = code->marks[k].line;
	for (uint32_t k = 0; !err && k < 2 * cfg->n_blocks; k++) {
		struct block_arc arc = block_flow__successor(attribution, k / 2, k % 2);

		if (arc.block != CFG_NONE && arc.count)
			look_at_arc(&f, k / 2, &arc, declared);
	}
	block_search__release(&f.search);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A loop with its condition at the top (`for`, `while`) executes its line once more than its body each time
 * that the program comes to it. Compilers test the condition at the end of the body instead, and in front of the loop
 * only if they do not know already that the body will be executed. Then nothing is left of the line's first execution.
 *
 * Such a loop can be told: the line of the test at its end is the first of the loop's lines, and the loop begins with
 * code of another line. (A loop with its condition at the bottom ends with a test of its last line.) If no other code
 * of the line is in front of the loop, each time that control enters the loop is one more hit.
 *
 * If there is a test in front of it, that is counted with other blocks. Only when control comes from there directly to
 * a block that has both the beginning of the body and the next test, counting by blocks takes the two tests for one
 * visit of the line, and what enters is one more hit as well. Counting by marks sees the body in between.
 *
 * The line may also take the next element at the beginning of the body (`for (x : all)`), so that the loop begins and
 * ends with it. Each round then ends one visit of the line and begins another. Compilers that schedule code make such
 * loops of others too, so the line is inexact if the loop is one block.
 *
 * The test may also be in the middle, where the compiler knew how a branch in the first round goes: the loop then
 * begins below its first line, and is closed by other lines. If control came to it without passing the first line, that
 * was passed over. Without marks, the loop must be left by a test of that line, of which no code is in front of it.
 *
 * A loop that is written in one line, without code of it elsewhere, may be of either kind: its line is inexact. So is,
 * without marks, the line of the test if lines below it are in the loop, but lines above it or code without a line as
 * well, so that it is not sure where the loop begins.
 */
#include "flow/loop_entries.h"

#include <errno.h>
#include <stdlib.h>

#include "dwarf/debug_places.h"
#include "flow/block_flow.h"

/* Something of LINE is at the instruction: a mark, or code. */
struct event {
	uint32_t insn, line;
	bool displaced; /* a mark without code at the beginning of a block */
};

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct loop *loop;
	struct event *events;
	uint32_t *first; /* per block, and one more: its events begin there */
	bool *inside;	 /* per block: it is one of the loop at hand */
	bool *before;	 /* per block: control can come from it to the loop at hand */
	struct block_search search;
	/* In look_back(): */
	uint32_t line, last;
	bool is_tested;	     /* the loop at hand is one whose first line tests */
	bool passed, missed; /* what control passed last was of the line, was not */
};

static void list_marks(struct finder *f)
{
	uint32_t n = 0;

	for (uint32_t block = 0; block < f->cfg->n_blocks; block++) {
		f->first[block] = n;
		for (; n < f->code->n_marks && f->code->marks[n].insn <= f->cfg->blocks[block].last; n++) {
			const struct statement_mark *mark = &f->code->marks[n];

			f->events[n] = (struct event){mark->insn, mark->line,
						      mark->codeless && mark->insn == f->cfg->blocks[block].first};
		}
	}
	f->first[f->cfg->n_blocks] = n;
}

static void list_code(struct finder *f)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->cfg->n_insns; i++) {
		const struct insn_line *at = &f->code->lines[i];

		if (i == f->cfg->blocks[f->cfg->insns[i].block].first)
			f->first[f->cfg->insns[i].block] = n;
		if (at->line && !at->quiet)
			f->events[n++] = (struct event){i, at->line, false};
	}
	f->first[f->cfg->n_blocks] = n;
}

static bool has_event(const struct finder *f, uint32_t block, uint32_t line)
{
	for (uint32_t k = f->first[block]; k < f->first[block + 1]; k++)
		if (f->events[k].line == line)
			return true;
	return false;
}

/* Whether BLOCK closes the loop. */
static bool is_latch(const struct finder *f, uint32_t block)
{
	for (uint32_t which = 0; which < 2; which++)
		if (block_flow__successor(f->a, block, which).block == f->loop->head)
			return true;
	return false;
}

/* The line of the tests that close the loop, or 0. */
static uint32_t line_of_tests(const struct finder *f)
{
	uint32_t line = 0;

	for (uint32_t k = 0; k < f->loop->n; k++) {
		uint32_t block = f->loop->blocks[k], end = f->first[block + 1];

		if (!is_latch(f, block))
			continue;
		if (end == f->first[block] || (line && f->events[end - 1].line != line) ||
		    f->cfg->insns[f->cfg->blocks[block].last].insn.flow != INSN_FLOW_COND)
			return 0;
		line = f->events[end - 1].line;
	}
	return line;
}

/* Whether the loop has only code of the function itself, and no line above LINE. */
static bool is_below(const struct finder *f, uint32_t line)
{
	for (uint32_t k = 0; k < f->loop->n; k++) {
		const struct cfg_block *block = &f->cfg->blocks[f->loop->blocks[k]];
		uint32_t at = f->first[f->loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++)
			if (!f->code->lines[i].line)
				return false;
		for (; at < f->first[f->loop->blocks[k] + 1]; at++)
			if (f->events[at].line < line && !f->events[at].displaced)
				return false;
	}
	return true;
}

/* The first line of the head that is surely in the loop, or 0. */
static uint32_t first_line(const struct finder *f, uint32_t line)
{
	for (uint32_t k = f->first[f->loop->head]; k < f->first[f->loop->head + 1]; k++)
		if (!f->events[k].displaced || f->events[k].line > line)
			return f->events[k].line;
	return 0;
}

/* Finds the blocks from which control can come to the loop. */
static void find_before(const struct finder *f)
{
	bool more = true;

	for (uint32_t block = 0; block < f->cfg->n_blocks; block++)
		f->before[block] = false;
	while (more) {
		more = false;
		for (uint32_t k = 2 * f->cfg->n_blocks; k-- > 0;) {
			uint32_t to = block_flow__successor(f->a, k / 2, k % 2).block;

			if (to == CFG_NONE || f->before[k / 2] || f->inside[k / 2] ||
			    (to != f->loop->head && !f->before[to]))
				continue;
			f->before[k / 2] = true;
			more = true;
		}
	}
}

/* Whether code or a mark of LINE is outside of the loop. */
static bool is_outside(const struct finder *f, uint32_t line)
{
	for (uint32_t block = 0; block < f->cfg->n_blocks; block++)
		if (!f->inside[block] && has_event(f, block, line))
			return true;
	return false;
}

/* Whether a mark of LINE that stands at the loop's head may belong in front of it. */
static bool is_displaced(const struct finder *f, uint32_t line)
{
	for (uint32_t k = f->first[f->loop->head]; k < f->first[f->loop->head + 1]; k++)
		if (f->events[k].line == line && f->events[k].displaced)
			return true;
	return false;
}

/* Whether code or a mark of LINE is, or may be, in front of the loop. What a loop changes may be stored behind it. */
static bool is_elsewhere(const struct finder *f, uint32_t line)
{
	if (is_outside(f, line)) {
		find_before(f);
		for (uint32_t block = 0; block < f->cfg->n_blocks; block++)
			if (f->before[block] && has_event(f, block, line))
				return true;
	}
	return is_displaced(f, line);
}

/* How often control entered the loop; where LINE is not 0, from blocks that have code of it. */
static uint64_t count_entries(const struct finder *f, uint32_t line)
{
	uint32_t head = f->loop->head;
	uint64_t n = line ? 0 : f->a->rooted[f->cfg->blocks[head].first];

	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
		struct block_arc arc = block_flow__successor(f->a, k / 2, k % 2);

		if (arc.block == head && !f->inside[k / 2] && (!line || has_event(f, k / 2, line)))
			n += arc.count;
	}
	return n;
}

/*
 * Whether what control passed last when it comes to the end of BLOCK is of LINE; the blocks before it tell if need be.
 */
static enum block_search_next look_back(void *ctx, uint32_t block)
{
	struct finder *f = ctx;

	if (f->first[block] == f->first[block + 1])
		return BLOCK_SEARCH_BEHIND;
	*(f->events[f->first[block + 1] - 1].line == f->line ? &f->passed : &f->missed) = true;
	return BLOCK_SEARCH_ELSEWHERE;
}

/*
 * Adds to ITEM the entries of the loop before which control passed no mark of the line last: GCC lost it on these ways.
 * Where some ways have it and join others that have not, it is not known how often.
 */
static void add_lost(struct finder *f, struct line_hits *item)
{
	uint32_t head = f->loop->head;

	f->line = item->line;
	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
		struct block_arc arc = block_flow__successor(f->a, k / 2, k % 2);

		if (arc.block != head || f->inside[k / 2] || !arc.count)
			continue;
		f->passed = f->missed = false;
		if (look_back(f, k / 2) == BLOCK_SEARCH_BEHIND)
			block_search__back(&f->search, f->a, k / 2, true, look_back, f);
		if (f->missed && !f->passed)
			item->hits += arc.count;
		item->inexact = item->inexact || (f->missed && f->passed);
	}
}

/* Whether the loop has only code or marks of LINE. */
static bool is_one_line(const struct finder *f, uint32_t line)
{
	for (uint32_t k = 0; k < f->loop->n; k++)
		for (uint32_t at = f->first[f->loop->blocks[k]]; at < f->first[f->loop->blocks[k] + 1]; at++)
			if (f->events[at].line != line)
				return false;
	return true;
}

/* Whether the loop has code or marks of a line below LINE: then its condition was not at the bottom. */
static bool goes_below(const struct finder *f, uint32_t line)
{
	for (uint32_t k = 0; k < f->loop->n; k++)
		for (uint32_t at = f->first[f->loop->blocks[k]]; at < f->first[f->loop->blocks[k] + 1]; at++)
			if (f->events[at].line > line)
				return true;
	return false;
}

/* Whether the instruction may stand anywhere, on whatever line: it moves a value between registers, or does nothing. */
static bool is_moved(const struct insn *insn)
{
	return insn->filler || (insn->work == INSN_WORK_MOVE && insn->memory == INSN_MEMORY_NONE);
}

/*
 * Whether the loop at hand begins with a block without marks, and its code is that of LINE and of lines below. Marks of
 * its body are lost then, and the beginning of the body is none of the line.
 */
static bool begins_unmarked(const struct finder *f, uint32_t line)
{
	bool below = false;

	if (!f->code->marked || f->first[f->loop->head] != f->first[f->loop->head + 1])
		return false;
	for (uint32_t k = 0; k < f->loop->n; k++) {
		const struct cfg_block *block = &f->cfg->blocks[f->loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++) {
			const struct insn_line *at = &f->code->lines[i];

			if (!at->quiet && at->line < line && !is_moved(&f->cfg->insns[i].insn))
				return false;
			if (!at->quiet && at->line == line && f->loop->blocks[k] == f->loop->head)
				return false;
			below = below || (!at->quiet && at->line > line && !(at->line & DEBUG_PLACE_OTHER));
		}
	}
	return below;
}

/* Adds to ITEM, whose line closes the loop. */
static void add_missing(struct finder *f, struct line_hits *item)
{
	uint32_t first = f->is_tested ? first_line(f, item->line) : 0;
	bool elsewhere = is_elsewhere(f, item->line);

	if (!first && f->is_tested && begins_unmarked(f, item->line))
		first = item->line + 1;
	if (!first) {
		item->inexact = item->inexact || (!f->code->marked && !elsewhere && goes_below(f, item->line));
		return;
	}
	if (first == item->line)
		item->inexact = item->inexact || (is_one_line(f, item->line) ? !elsewhere : f->loop->n == 1);
	else if (!elsewhere)
		item->hits += count_entries(f, 0);
	else if (f->code->marked && !is_displaced(f, item->line))
		add_lost(f, item);
	else if (!f->code->marked && has_event(f, f->loop->head, item->line))
		item->hits += count_entries(f, item->line);
}

/* Sets *first and *last to the lines between which the loop is, by what is not in front of it maybe. */
static void find_extent(const struct finder *f, uint32_t *first, uint32_t *last)
{
	*first = UINT32_MAX;
	*last = 0;
	for (uint32_t k = 0; k < f->loop->n; k++) {
		for (uint32_t at = f->first[f->loop->blocks[k]]; at < f->first[f->loop->blocks[k] + 1]; at++) {
			const struct event *event = &f->events[at];

			if (event->displaced)
				continue;
			*first = event->line < *first ? event->line : *first;
			*last = event->line > *last ? event->line : *last;
		}
	}
}

/*
 * Whether control came to the end of BLOCK by the first line of the loop, maybe through copies of the rest of it; the
 * blocks before it tell if need be.
 */
static enum block_search_next look_back_through(void *ctx, uint32_t block)
{
	struct finder *f = ctx;

	for (uint32_t k = f->first[block + 1]; k-- > f->first[block];) {
		uint32_t line = f->events[k].line;

		if (line > f->line && line <= f->last)
			continue;
		*(line == f->line ? &f->passed : &f->missed) = true;
		return BLOCK_SEARCH_ELSEWHERE;
	}
	return BLOCK_SEARCH_BEHIND;
}

/*
 * Adds the entries of a loop that begins with a line below its first one, and before which control did not pass that.
 */
static void add_passed_over(struct finder *f, struct line_hits_list *list)
{
	uint32_t first, head = f->loop->head;
	struct line_hits *item;

	find_extent(f, &first, &f->last);
	item = f->last & DEBUG_PLACE_OTHER ? NULL : line_hits__find(list, first);
	if (!item || first_line(f, first) <= first || !is_below(f, first) || is_displaced(f, first))
		return;
	f->line = first;
	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
		struct block_arc arc = block_flow__successor(f->a, k / 2, k % 2);

		if (arc.block != head || f->inside[k / 2] || !arc.count)
			continue;
		f->passed = f->missed = false;
		if (look_back_through(f, k / 2) == BLOCK_SEARCH_BEHIND)
			block_search__back(&f->search, f->a, k / 2, true, look_back_through, f);
		if (f->missed && !f->passed)
			item->hits += arc.count;
		item->inexact = item->inexact || (f->missed && f->passed);
	}
}

/* Whether the loop ends with a test of LINE: a branch of its own leads out. */
static bool is_left_by(const struct finder *f, uint32_t line)
{
	for (uint32_t k = 0; k < 2 * f->loop->n; k++) {
		uint32_t from = f->loop->blocks[k / 2], last = f->cfg->blocks[from].last;
		uint32_t to = block_flow__successor(f->a, from, k % 2).block;

		if (to != CFG_NONE && !f->inside[to] && f->cfg->insns[last].insn.flow == INSN_FLOW_COND &&
		    line_code__own_line(f->code, last) == line)
			return true;
	}
	return false;
}

/*
 * The same without marks: the loop is left by a test of its first line, and no code of that is in front of the loop.
 */
static void add_untested(struct finder *f, struct line_hits_list *list)
{
	uint32_t first;
	struct line_hits *item;

	find_extent(f, &first, &f->last);
	item = f->last & DEBUG_PLACE_OTHER ? NULL : line_hits__find(list, first);
	if (item && first_line(f, first) > first && is_below(f, first) && is_left_by(f, first) &&
	    !is_elsewhere(f, first))
		item->hits += count_entries(f, 0);
}

static void add_all(struct finder *f, const struct loop_list *loops, struct line_hits_list *list)
{
	if (f->code->marked)
		list_marks(f);
	else
		list_code(f);
	for (size_t k = 0; k < loops->n; k++) {
		struct line_hits *item;

		f->loop = &loops->items[k];
		loop__mark(f->loop, f->inside, true);
		item = line_hits__find(list, line_of_tests(f));
		f->is_tested = item && is_below(f, item->line);
		if (item)
			add_missing(f, item);
		if (f->code->marked && !f->is_tested)
			add_passed_over(f, list);
		else if (!f->is_tested)
			add_untested(f, list);
		loop__mark(f->loop, f->inside, false);
	}
}

int loop_entries__add(const struct attribution *attribution, const struct line_code *code,
		      const struct loop_list *loops, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.events = calloc(cfg->n_insns + code->n_marks, sizeof(*f.events)),
		.first = calloc((size_t)cfg->n_blocks + 1, sizeof(*f.first)),
		.inside = calloc(cfg->n_blocks, sizeof(*f.inside)),
		.before = calloc(cfg->n_blocks, sizeof(*f.before)),
	};
	int err = block_search__init(&f.search, cfg->n_blocks);

	if (!f.events || !f.first || !f.inside || !f.before)
		err = -ENOMEM;
	if (!err)
		add_all(&f, loops, list);
	block_search__release(&f.search);
	free(f.events);
	free(f.first);
	free(f.inside);
	free(f.before);
	return err;
}

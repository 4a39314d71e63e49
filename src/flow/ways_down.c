// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Programs go down from statement to statement. A way from the mark of one statement (the last one) to that of
 * another below it (the next one) that passes by statements between them was made by a `goto` or the like, or by GCC:
 *
 * - GCC knew on this way how a test would end, and led it around the test (jump threading). Other ways go through the
 *   test, which has their hits only. If all ways did so, see passed_over.c.
 * - What the last statement leads to is equal to the code of the next one, so that GCC kept one of the two (as in
 *   merged_tails.c). The next statement has the hits of both, and so have those in its block.
 *
 * Columns tell these apart, as long as the source is indented as usual (see passed_over.c). Two statements are of one
 * sequence if they stand at one column, with nothing further to the left between them.
 *
 * - The next statement stands in the branch of a test that is below the last statement, which is of the sequence of the
 *   test and right before it: the test was passed by. (Where a loop begins, loop_entries.c knows what was lost.)
 * - Both are of one sequence and a test is all that is between them in it: the test was passed by.
 * - Both are of one sequence, or the last one is in a branch in it, and neither has a branch: the code was merged. So
 *   it was if both are tests of one sequence and several statements are between them. (A test whose branch has a
 *   `goto` or a `return` leads down as well, but to what is no test.)
 */
#include "flow/ways_down.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow/block_flow.h"
#include "flow/statement_columns.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct line_hits_list *list;
	struct statement_columns statements;
	bool *branches;	 /* per statement: its line has a conditional branch */
	bool *begins;	 /* per statement: it is the first line of a loop */
	uint32_t *first; /* per block: the line of its first mark, or 0 */
	uint32_t *last;	 /* per block: the line of its last mark, or 0 */
	struct block_search search;
	uint32_t block; /* to which the way at hand leads */
	size_t next;	/* the statement whose mark is the first in there */
};

/* Doubts statement K. */
static void doubt(const struct finder *f, size_t k)
{
	line_hits__doubt(f->list, f->statements.items[k].line);
}

/* Doubts the statements to whose equal code the way at hand leads. */
static void doubt_block(const struct finder *f)
{
	for (size_t k = 0; k < f->code->n_marks; k++)
		if (f->cfg->insns[f->code->marks[k].insn].block == f->block)
			line_hits__doubt(f->list, f->code->marks[k].line);
}

/* The last statement is A, the next one B, and TEST, the first to the left above B, is between them. */
static void look_at_branch(const struct finder *f, size_t a, size_t test, size_t b)
{
	const struct statement_column *at = f->statements.items;

	if (at[a].column < at[test].column || at[a].column >= at[b].column || !f->branches[test] || f->begins[test])
		return;
	for (size_t k = a + 1; k < test; k++)
		if (at[k].column <= at[test].column)
			return;
	doubt(f, test);
}

/* The last statement is A, the next one B, and nothing between them is to the left of B. */
static void look_at_sequence(const struct finder *f, size_t a, size_t b)
{
	const struct statement_column *at = f->statements.items;
	size_t n = 0, between = 0;

	for (size_t k = a + 1; k < b; k++) {
		if (at[k].column != at[b].column)
			continue;
		between = k;
		n++;
	}
	if (!n || at[a].column < at[b].column)
		return;
	if (n == 1 && at[a].column == at[b].column && f->branches[between])
		doubt(f, between);
	if (!f->branches[a] && !f->branches[b])
		doubt_block(f);
	if (n > 1 && at[a].column == at[b].column && f->branches[a] && f->branches[b])
		doubt(f, b);
}

/* Control comes from a mark of LINE to that of the next statement. */
static void look_at_way(const struct finder *f, uint32_t line)
{
	const struct statement_column *at = f->statements.items;
	size_t a = statement_columns__find(&f->statements, line), above = f->next;

	if (a >= f->next)
		return;
	while (above > 0 && at[above - 1].column >= at[f->next].column)
		above--;
	if (above > a + 1)
		look_at_branch(f, a, above - 1, f->next);
	else
		look_at_sequence(f, a, f->next);
}

static enum block_search_next look_back(void *ctx, uint32_t block)
{
	const struct finder *f = ctx;

	if (!f->last[block])
		return BLOCK_SEARCH_BEHIND;
	look_at_way(f, f->last[block]);
	return BLOCK_SEARCH_ELSEWHERE;
}

static void note_marks(const struct finder *f)
{
	for (size_t k = 0; k < f->code->n_marks; k++) {
		const struct statement_mark *mark = &f->code->marks[k];
		uint32_t block = f->cfg->insns[mark->insn].block;

		f->last[block] = mark->line;
		if (!f->first[block])
			f->first[block] = mark->line;
	}
}

static void note_branches(const struct finder *f)
{
	for (uint32_t i = 0; i < f->cfg->n_insns; i++) {
		size_t k = statement_columns__find(&f->statements, f->code->lines[i].line);

		if (k < f->statements.n && f->cfg->insns[i].insn.flow == INSN_FLOW_COND && !f->code->lines[i].quiet)
			f->branches[k] = true;
	}
}

/* Sets LOWEST, per block, to the first line of which it has own code, and of which it has a mark, UINT32_MAX: none. */
static void find_lowest(const struct finder *f, uint32_t *lowest_code, uint32_t *lowest_mark)
{
	for (uint32_t block = 0; block < f->cfg->n_blocks; block++)
		lowest_code[block] = lowest_mark[block] = UINT32_MAX;
	for (uint32_t i = 0; i < f->cfg->n_insns; i++) {
		uint32_t line = line_code__own_line(f->code, i), *lowest = &lowest_code[f->cfg->insns[i].block];

		if (line && line < *lowest)
			*lowest = line;
	}
	for (size_t k = 0; k < f->code->n_marks; k++) {
		uint32_t *lowest = &lowest_mark[f->cfg->insns[f->code->marks[k].insn].block];

		if (f->code->marks[k].line < *lowest)
			*lowest = f->code->marks[k].line;
	}
}

/* Notes as the beginning of LOOP the first of its lines, by LOWEST of its blocks. */
static void note_beginning(const struct finder *f, const struct loop *loop, const uint32_t *lowest)
{
	uint32_t line = UINT32_MAX;
	size_t k;

	for (uint32_t b = 0; b < loop->n; b++)
		if (lowest[loop->blocks[b]] < line)
			line = lowest[loop->blocks[b]];
	k = statement_columns__find(&f->statements, line);
	if (k < f->statements.n)
		f->begins[k] = true;
}

static int note_loops(const struct finder *f, const struct loop_list *loops)
{
	uint32_t *lowest_code = calloc(f->cfg->n_blocks, sizeof(*lowest_code));
	uint32_t *lowest_mark = calloc(f->cfg->n_blocks, sizeof(*lowest_mark));
	int err = lowest_code && lowest_mark ? 0 : -ENOMEM;

	if (!err)
		find_lowest(f, lowest_code, lowest_mark);
	for (size_t k = 0; !err && k < loops->n; k++) {
		note_beginning(f, &loops->items[k], lowest_code);
		note_beginning(f, &loops->items[k], lowest_mark);
	}
	free(lowest_code);
	free(lowest_mark);
	return err;
}

static void look_at_arcs(struct finder *f, const uint32_t *order)
{
	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
		struct block_arc arc = block_flow__successor(f->a, k / 2, k % 2);

		if (arc.block == CFG_NONE || !arc.count || order[arc.block] <= order[k / 2] || !f->first[arc.block])
			continue;
		f->block = arc.block;
		f->next = statement_columns__find(&f->statements, f->first[arc.block]);
		if (f->next < f->statements.n && look_back(f, k / 2) == BLOCK_SEARCH_BEHIND)
			block_search__back(&f->search, f->a, k / 2, true, look_back, f);
	}
}

static int look_at_all(struct finder *f, const struct loop_list *loops, const uint32_t *order)
{
	int err = statement_columns__list(f->code, &f->statements);

	if (err)
		return err;
	f->branches = calloc(f->statements.n + 1, sizeof(*f->branches));
	f->begins = calloc(f->statements.n + 1, sizeof(*f->begins));
	if (!f->branches || !f->begins)
		return -ENOMEM;
	note_marks(f);
	note_branches(f);
	err = note_loops(f, loops);
	if (!err)
		look_at_arcs(f, order);
	return err;
}

int ways_down__doubt(const struct attribution *attribution, const struct line_code *code, const struct loop_list *loops,
		     const uint32_t *order, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.list = list,
		.first = calloc(cfg->n_blocks, sizeof(*f.first)),
		.last = calloc(cfg->n_blocks, sizeof(*f.last)),
	};
	int err = block_search__init(&f.search, cfg->n_blocks);

	if (!f.first || !f.last)
		err = -ENOMEM;
	if (!err)
		err = look_at_all(&f, loops, order);
	block_search__release(&f.search);
	free(f.statements.items);
	free(f.branches);
	free(f.begins);
	free(f.first);
	free(f.last);
	return err;
}

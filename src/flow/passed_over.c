// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where GCC knows on some way how a test will end, that way goes around the test and its mark (jump threading).
 * If all executions took such ways, the test seems not to have been executed at all; if some did, less often than what
 * stands around it.
 *
 * Statements that stand one below the other at the same column, with none further to the left between them, are
 * executed one after the other, as long as the source is indented as usual. So lines without hits are doubted if the
 * statement before them and the one behind them in such a sequence were executed, and control can have come from the
 * one to the other without going round a loop. Lines with hits are doubted if both were executed more often, and
 * as often as each other, no loop repeats one of them without the line, and control did come from the one to the other
 * past the line. (It can where the program has a `goto` around the line, too. The
 * statements of two cases of a `switch` stand at one column as well, but control does not come from one to the other.)
 */
#include "flow/passed_over.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "flow/block_flow.h"
#include "flow/statement_columns.h"

/* A line with marks: where its statement begins. */
struct statement {
	uint32_t line, column;
	uint64_t hits;
};

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct loop_list *loops;
	const uint32_t *order;
	uint32_t *by_order;	      /* the blocks by their numbers */
	size_t *first_mark;	      /* per block, and one more: the block's marks begin there */
	bool *reached;		      /* per block */
	struct statement *statements; /* by line */
	size_t n;
};

/* Lists the statements that are in LIST. */
static int list_statements(struct finder *f, struct line_hits_list *list)
{
	struct statement_columns columns;
	int err = statement_columns__list(f->code, &columns);

	for (size_t k = 0; !err && k < columns.n; k++) {
		const struct line_hits *item = line_hits__find(list, columns.items[k].line);

		if (item)
			f->statements[f->n++] = (struct statement){item->line, columns.items[k].column, item->hits};
	}
	free(columns.items);
	return err;
}

/* The next statement of statement K's sequence that has more hits, upwards or downwards (STEP); NULL: there is none. */
static const struct statement *neighbour(const struct finder *f, size_t k, int step)
{
	for (size_t at = k + (size_t)step; at < f->n; at += (size_t)step) {
		if (f->statements[at].column == f->statements[k].column &&
		    f->statements[at].hits > f->statements[k].hits)
			return &f->statements[at];
		if (f->statements[at].column < f->statements[k].column)
			return NULL;
	}
	return NULL;
}

static void index_marks(struct finder *f)
{
	size_t k = 0;

	for (uint32_t block = 0; block < f->cfg->n_blocks; block++) {
		f->first_mark[block] = k;
		while (k < f->code->n_marks && f->code->marks[k].insn <= f->cfg->blocks[block].last)
			k++;
	}
	f->first_mark[f->cfg->n_blocks] = k;
}

static bool has_mark(const struct finder *f, uint32_t block, uint32_t line)
{
	for (size_t k = f->first_mark[block]; k < f->first_mark[block + 1]; k++)
		if (f->code->marks[k].line == line)
			return true;
	return false;
}

/* Whether BLOCK has a mark of a line that is not between FROM and TO. */
static bool leads_away(const struct finder *f, uint32_t block, uint32_t from, uint32_t to)
{
	for (size_t k = f->first_mark[block]; k < f->first_mark[block + 1]; k++)
		if (f->code->marks[k].line < from || f->code->marks[k].line > to)
			return true;
	return false;
}

/*
 * Whether control can have come from a mark of line FROM to one of line TO without going round a loop. With PAST, only
 * ways count that pass no mark of that line in another block than FROM's, and none of a line that is not between.
 */
static bool leads_to(struct finder *f, uint32_t from, uint32_t to, uint32_t past)
{
	for (uint32_t block = 0; block < f->cfg->n_blocks; block++)
		f->reached[block] = f->a->counts[f->cfg->blocks[block].first] && has_mark(f, block, from);
	for (uint32_t k = 0; k < f->cfg->n_blocks; k++) {
		uint32_t block = f->by_order[k];

		if (block == CFG_NONE || !f->reached[block])
			continue;
		if (past && has_mark(f, block, past) && !has_mark(f, block, from))
			continue;
		if (has_mark(f, block, to))
			return true;
		if (past && !has_mark(f, block, from) && leads_away(f, block, from, to))
			continue;
		for (uint32_t which = 0; which < 2; which++) {
			struct block_arc arc = block_flow__successor(f->a, block, which);

			if (arc.block != CFG_NONE && arc.count && f->order[arc.block] > k)
				f->reached[arc.block] = true;
		}
	}
	return false;
}

/* Whether LOOP has a mark of LINE. */
static bool is_in_loop(const struct finder *f, const struct loop *loop, uint32_t line)
{
	for (size_t k = 0; k < f->code->n_marks; k++)
		if (f->code->marks[k].line == line && loop__contains(loop, f->cfg->insns[f->code->marks[k].insn].block))
			return true;
	return false;
}

/* Whether no loop repeats line OTHER without LINE: one that has a mark of it has one of LINE, too. */
static bool is_once_each(const struct finder *f, uint32_t line, uint32_t other)
{
	for (size_t k = 0; k < f->code->n_marks; k++) {
		const struct statement_mark *mark = &f->code->marks[k];
		const struct loop *loop = loops__innermost(f->loops, f->cfg->insns[mark->insn].block);

		if (mark->line == other && loop && !is_in_loop(f, loop, line))
			return false;
	}
	return true;
}

/* Whether some executions that came to BEHIND from BEFORE did not pass STATEMENT, which is between them. */
static bool is_passed_over(struct finder *f, const struct statement *before, const struct statement *statement,
			   const struct statement *behind)
{
	if (!statement->hits)
		return leads_to(f, before->line, behind->line, 0);
	return before->hits == behind->hits && is_once_each(f, statement->line, before->line) &&
	       is_once_each(f, statement->line, behind->line) &&
	       leads_to(f, before->line, behind->line, statement->line);
}

static void doubt_all(struct finder *f, struct line_hits_list *list)
{
	for (size_t k = 0; k < f->n; k++) {
		const struct statement *before, *behind;

		before = neighbour(f, k, -1);
		behind = neighbour(f, k, 1);
		if (before && behind && is_passed_over(f, before, &f->statements[k], behind))
			line_hits__doubt(list, f->statements[k].line);
	}
}

int passed_over__doubt(const struct attribution *attribution, const struct line_code *code,
		       const struct loop_list *loops, const uint32_t *order, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.loops = loops,
		.order = order,
		.by_order = calloc(cfg->n_blocks, sizeof(*f.by_order)),
		.first_mark = calloc((size_t)cfg->n_blocks + 1, sizeof(*f.first_mark)),
		.reached = calloc(cfg->n_blocks, sizeof(*f.reached)),
		.statements = calloc(code->n_marks + 1, sizeof(*f.statements)),
	};
	int err = f.by_order && f.first_mark && f.reached && f.statements ? 0 : -ENOMEM;

	for (uint32_t block = 0; !err && block < cfg->n_blocks; block++)
		f.by_order[block] = CFG_NONE;
	for (uint32_t block = 0; !err && block < cfg->n_blocks; block++)
		if (order[block] < cfg->n_blocks)
			f.by_order[order[block]] = block;
	if (!err)
		index_marks(&f);
	if (!err)
		err = list_statements(&f, list);
	if (!err)
		doubt_all(&f, list);
	free(f.by_order);
	free(f.first_mark);
	free(f.reached);
	free(f.statements);
	return err;
}

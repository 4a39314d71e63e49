// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A function's last call of itself may become a jump to its beginning, with new values in the arguments
 * (`return n * f(n - 1)` also, whose product is then formed in each round). The body's entry no longer tells how often
 * the function was called. Its first statement does: that is executed once in each call.
 *
 * So the calls are the hits of the first statement's line, if that is in a loop which the source does not have. This is
 * believed if the loop also has a call of the function by itself, one that is left; and if the line is not the loop's
 * test, as it is where the function begins with a `for` or `while`. An endless loop with which a function begins may
 * look the same, so the number is an estimate. Where no call is left in the loop, or the first statement is a test,
 * the calls are not found.
 *
 * But it is noticed that there may be such calls. A loop that has code of the first statement is one that the source
 * has not, if the function has calls of itself elsewhere; and if the loop goes through a statement that is in no other
 * statement of the function. Such ones stand at the smallest column of all marks, if the source is indented as usual;
 * the statements in a `while` with which the function begins stand further to the right.
 */
#include "flow/looped_calls.h"

#include <stdbool.h>

#include "flow/loops.h"

/* The first line below DECL_LINE of which BLOCK has a mark or, where there are no marks, code; 0: there is none. */
static uint32_t first_line(const struct cfg_block *block, const struct line_code *code, uint32_t decl_line)
{
	for (size_t k = 0; k < code->n_marks && code->marks[k].insn <= block->last; k++)
		if (code->marks[k].insn >= block->first && code->marks[k].line > decl_line)
			return code->marks[k].line;
	for (uint32_t i = block->first; i <= block->last && !code->marked; i++)
		if (code->lines[i].line > decl_line && !code->lines[i].quiet)
			return code->lines[i].line;
	return 0;
}

/* The line of the statement with which the function begins, or 0. */
static uint32_t first_statement(const struct cfg *cfg, const struct line_code *code, uint32_t decl_line)
{
	uint32_t block = cfg->insns[cfg->entry].block, line = 0;

	for (uint32_t steps = 0; !line && block != CFG_NONE && steps < cfg->n_blocks; steps++) {
		const struct cfg_insn *last = &cfg->insns[cfg->blocks[block].last];
		uint32_t to = last->next == CFG_NONE ? last->taken : last->next;

		line = first_line(&cfg->blocks[block], code, decl_line);
		block = to == CFG_NONE || last->insn.flow == INSN_FLOW_COND ? CFG_NONE : cfg->insns[to].block;
	}
	return line;
}

/* Whether LOOP has code of LINE, which tests nothing, and a call of the function. */
static bool is_recursion(const struct cfg *cfg, const struct line_code *code, const struct loop *loop, uint32_t line)
{
	uint64_t entry = cfg->insns[cfg->entry].insn.addr;
	bool begins = false, calls = false, tests = false;

	for (uint32_t k = 0; k < loop->n; k++) {
		const struct cfg_block *block = &cfg->blocks[loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++) {
			const struct insn *insn = &cfg->insns[i].insn;
			bool is_first = code->lines[i].line == line && !code->lines[i].quiet;

			begins = begins || is_first;
			tests = tests || (is_first && insn->flow == INSN_FLOW_COND);
			calls = calls || (insn->flow == INSN_FLOW_CALL && insn->target == entry);
		}
	}
	return begins && calls && !tests;
}

/* The column of the statements that are in no other statement of the function; 0: not known. */
static uint32_t outer_column(const struct line_code *code, uint32_t decl_line)
{
	uint32_t column = 0;

	for (size_t k = 0; k < code->n_marks; k++) {
		uint32_t at = code->marks[k].position;

		if (code->marks[k].line > decl_line && at && (!column || at < column))
			column = at;
	}
	return column;
}

/* Whether LOOP goes through a statement on LINE and one below it that are in no other statement, and so in no loop. */
static bool has_outer_statement(const struct cfg *cfg, const struct line_code *code, const struct loop *loop,
				uint32_t line, uint32_t column)
{
	bool itself = false, below = false;

	for (size_t k = 0; k < code->n_marks; k++) {
		const struct statement_mark *mark = &code->marks[k];

		if (!column || mark->position != column || mark->codeless ||
		    !loop__contains(loop, cfg->insns[mark->insn].block))
			continue;
		itself = itself || mark->line == line;
		below = below || mark->line > line;
	}
	return itself && below;
}

static bool calls_itself(const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].insn.flow == INSN_FLOW_CALL &&
		    cfg->insns[i].insn.target == cfg->insns[cfg->entry].insn.addr)
			return true;
	return false;
}

/* Whether LOOP has a mark of LINE or, where there are no marks, code. */
static bool has_line(const struct cfg *cfg, const struct line_code *code, const struct loop *loop, uint32_t line)
{
	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line == line && !code->marks[k].codeless &&
		    loop__contains(loop, cfg->insns[code->marks[k].insn].block))
			return true;
	for (uint32_t i = 0; i < cfg->n_insns && !code->marked; i++)
		if (code->lines[i].line == line && !code->lines[i].quiet && loop__contains(loop, cfg->insns[i].block))
			return true;
	return false;
}

int looped_calls__may_be(const struct attribution *attribution, const struct line_code *code, uint32_t decl_line,
			 bool *may_be)
{
	const struct cfg *cfg = attribution->plan->cfg;
	uint32_t line = code->optimised ? first_statement(cfg, code, decl_line) : 0;
	uint32_t column = outer_column(code, decl_line);
	struct loop_list loops;
	int err;

	*may_be = false;
	if (!line)
		return 0;
	err = loops__find(cfg, &loops);
	for (size_t k = 0; !err && k < loops.n; k++)
		if (has_line(cfg, code, &loops.items[k], line) &&
		    (calls_itself(cfg) || has_outer_statement(cfg, code, &loops.items[k], line, column)))
			*may_be = true;
	loops__release(&loops);
	return err;
}

int looped_calls__count(const struct attribution *attribution, const struct line_code *code,
			struct line_hits_list *hits, uint32_t decl_line, uint64_t *calls)
{
	const struct cfg *cfg = attribution->plan->cfg;
	uint32_t line = code->optimised ? first_statement(cfg, code, decl_line) : 0;
	const struct line_hits *item = line ? line_hits__find(hits, line) : NULL;
	struct loop_list loops;
	int err;

	*calls = 0;
	if (!item || item->hits <= attribution->rooted[cfg->entry])
		return 0;
	err = loops__find(cfg, &loops);
	for (size_t k = 0; !err && k < loops.n; k++)
		if (is_recursion(cfg, code, &loops.items[k], line))
			*calls = item->hits;
	loops__release(&loops);
	return err;
}

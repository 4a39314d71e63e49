// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. `for (i = 0; i < n; i++) p[i] = 0;` becomes a call of memset(), or a string instruction, on the line of the
 * loop's body. GCC drops the loop's blocks, and with them the marks of the body and of the loop's step; what is left is
 * what stands in front of the loop, its initial value and its first test. A memset() of the source keeps its mark, and
 * so does the assignment of a structure. So an operation without a mark of its own stands for a loop, whose rounds
 * nobody knows; and the line whose mark control passed last is the loop's, whose tests nobody knows.
 *
 * The rest of a statement of several lines has no mark either. If a structure is copied there, it is doubted in vain.
 */
#include "flow/swallowed_loops.h"

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct line_hits_list *list;
	struct block_search search;
};

/* A few bytes are copied without a call, by wide moves. */
static bool is_operation(const struct cfg_insn *insn)
{
	return insn->block_operation || insn->insn.store == INSN_STORE_VECTOR;
}

/* The line of the last mark in BLOCK that is not behind instruction INSN; 0: there is none. */
static uint32_t last_mark(const struct finder *f, uint32_t block, uint32_t insn)
{
	uint32_t line = 0;

	for (size_t k = 0; k < f->code->n_marks && f->code->marks[k].insn <= insn; k++)
		if (f->code->marks[k].insn >= f->cfg->blocks[block].first)
			line = f->code->marks[k].line;
	return line;
}

/* Doubts the line whose mark control passed last in BLOCK. If there is none, the blocks before it tell. */
static enum block_search_next doubt_last(void *ctx, uint32_t block)
{
	const struct finder *f = ctx;
	uint32_t line = last_mark(f, block, f->cfg->blocks[block].last);

	line_hits__doubt(f->list, line);
	return line ? BLOCK_SEARCH_ELSEWHERE : BLOCK_SEARCH_BEHIND;
}

/* Doubts the lines whose marks control may have passed last when it comes to instruction INSN. */
static void doubt_before(struct finder *f, uint32_t insn)
{
	uint32_t block = f->cfg->insns[insn].block, line = last_mark(f, block, insn);

	if (line)
		line_hits__doubt(f->list, line);
	else
		block_search__back(&f->search, f->a, block, true, doubt_last, f);
}

/*
 * Whether a mark stands for operation I: one of its line. If it is a call, the mark is at its column: where the loop is
 * one line, marks of what was in front of the loop are left.
 */
static bool has_own_mark(const struct cfg *cfg, const struct line_code *code, uint32_t i)
{
	uint32_t column = cfg->insns[i].block_operation == CFG_OPERATION_STORES ? code->lines[i].column : 0;

	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line == code->lines[i].line &&
		    (!column || !code->marks[k].position || code->marks[k].position == column))
			return true;
	return false;
}

int swallowed_loops__doubt(const struct attribution *attribution, const struct line_code *code,
			   struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.list = list,
	};
	int err = block_search__init(&f.search, cfg->n_blocks);

	for (uint32_t i = 0; !err && i < cfg->n_insns; i++) {
		uint32_t line = line_code__own_line(code, i);

		if (!line || !is_operation(&cfg->insns[i]) || !attribution->counts[i] || has_own_mark(cfg, code, i))
			continue;
		line_hits__doubt(list, line);
		doubt_before(&f, i);
	}
	block_search__release(&f.search);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where statements are marked, a loop without a mark of its own is an inlined callee's, or stands for what is
 * no statement: the elements of an array that are made or destroyed one by one (`std::vector<std::string> words = {"a",
 * "b"};`). gcov has a hit of the line for each round of such a loop, as long as it is a loop without optimisation, too.
 *
 * It can be told from a callee's: the branch that closes it is the function's own code. All its code is on one line.
 */
#include "flow/markless_rounds.h"

#include "flow/block_flow.h"

/* The line that all code of LOOP is on, or 0. */
static uint32_t line_of(const struct cfg *cfg, const struct line_code *code, const struct loop *loop)
{
	uint32_t line = 0;

	for (uint32_t k = 0; k < loop->n; k++) {
		const struct cfg_block *block = &cfg->blocks[loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++) {
			const struct insn_line *at = &code->lines[i];

			if (at->quiet || cfg->insns[i].insn.filler)
				continue;
			if (!at->line || (line && at->line != line))
				return 0;
			line = at->line;
		}
	}
	return line;
}

/* Whether a mark is in LOOP, or stands in front of it at its head for sure. */
static bool has_mark(const struct cfg *cfg, const struct line_code *code, const struct loop *loop)
{
	for (size_t k = 0; k < code->n_marks; k++) {
		uint32_t insn = code->marks[k].insn;
		bool before = code->marks[k].codeless && insn == cfg->blocks[loop->head].first;

		if (!before && loop__contains(loop, cfg->insns[insn].block))
			return true;
	}
	return false;
}

/* Whether control went round LOOP by a branch of the function's own. */
static bool went_round(const struct attribution *a, const struct line_code *code, const struct loop *loop)
{
	const struct cfg *cfg = a->plan->cfg;

	for (uint32_t k = 0; k < 2 * loop->n; k++) {
		uint32_t block = loop->blocks[k / 2], last = cfg->blocks[block].last;
		struct block_arc arc = block_flow__successor(a, block, k % 2);

		if (arc.block == loop->head && arc.count && cfg->insns[last].insn.flow == INSN_FLOW_COND &&
		    line_code__own_line(code, last))
			return true;
	}
	return false;
}

void markless_rounds__doubt(const struct attribution *attribution, const struct line_code *code,
			    const struct loop_list *loops, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;

	for (size_t k = 0; k < loops->n; k++) {
		const struct loop *loop = &loops->items[k];
		uint32_t line = line_of(cfg, code, loop);

		if (line && went_round(attribution, code, loop) && !has_mark(cfg, code, loop))
			line_hits__doubt(list, line);
	}
}

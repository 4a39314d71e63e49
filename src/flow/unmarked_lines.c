// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where compilers do not mark where statements begin, a line is executed when control comes to its code. Two
 * things that optimisers do make that wrong, and can be told by the instructions:
 *
 * Choices. `if (c)` on one line and `x = y` on the next become one instruction that selects x or y, on the second line.
 * It is executed whether c holds or not. So a line is doubted of which nothing but such instructions, and moves of
 * values, was executed: what it selects by was computed on another line.
 *
 * Early loads. A value that a line needs is loaded at the beginning of the loop, and the rest of the line comes behind
 * other lines. Then one execution looks like two. So a line is doubted if in some block it has nothing but loads and
 * what needs no memory, in front of code of another line, and in another block other code.
 */
#include "flow/unmarked_lines.h"

#include <errno.h>
#include <stdlib.h>

/* What was executed of one line. */
struct executed {
	bool selects, computes;	   /* anywhere */
	bool loads_early, is_else; /* in some block: a load in front of another line; anything else */
	bool branches, compares;   /* in some block: a branch; a comparison, and neither a branch nor memory */
	/* In the block at hand: */
	uint32_t block;		  /* 1 + its number, or that of an earlier one */
	uint32_t last;		  /* instruction */
	bool only_loads;	  /* a load, and nothing else that touches memory or decides */
	bool has_test, has_other; /* a comparison; a branch, a call or memory */
};

struct finder {
	const struct attribution *a;
	const struct line_code *code;
	struct line_hits_list *list;
	struct executed *lines; /* one for each item of the list */
};

static bool is_load(const struct insn *insn)
{
	return insn->work == INSN_WORK_MOVE && insn->memory != INSN_MEMORY_NONE && insn->store == INSN_STORE_NONE;
}

/* Whether it may follow a load before the line is left: the step of a loop may have no line of its own. */
static bool is_harmless(const struct insn *insn)
{
	return is_load(insn) || (insn->flow == INSN_FLOW_NEXT && insn->memory == INSN_MEMORY_NONE && !insn->selects);
}

/* The line's entry for instruction I; NULL: none, or it was not executed. */
static struct executed *executed_at(const struct finder *f, uint32_t i)
{
	uint32_t line = f->a->counts[i] ? line_code__own_line(f->code, i) : 0;
	const struct line_hits *item = line ? line_hits__find(f->list, line) : NULL;

	return item ? &f->lines[item - f->list->items] : NULL;
}

static void note_insn(struct executed *line, const struct insn *insn, uint32_t block, uint32_t i)
{
	if (line->block != block + 1) {
		line->block = block + 1;
		line->only_loads = is_load(insn);
		line->has_test = line->has_other = false;
	}
	line->last = i;
	line->has_test |= insn->compares;
	line->has_other |= insn->flow != INSN_FLOW_NEXT || insn->lng != INSN_SHORT || insn->memory == INSN_MEMORY_OTHER;
	line->branches |= insn->flow == INSN_FLOW_COND;
	line->only_loads &= is_harmless(insn);
	line->selects |= insn->selects;
	line->computes |= !insn->selects && insn->work != INSN_WORK_MOVE;
}

/* What BLOCK, all of whose instructions were noted, tells of the lines in it. */
static void close_block(const struct finder *f, const struct cfg_block *block)
{
	const struct cfg_insn *last = &f->a->plan->cfg->insns[block->last];
	bool falls = last->insn.flow == INSN_FLOW_NEXT && last->next != CFG_NONE;
	uint32_t line = falls ? f->code->lines[last->next].line : 0;

	for (uint32_t i = block->last + 1; i-- > block->first;) {
		struct executed *here = executed_at(f, i);

		if (!here)
			continue;
		if (here->last == i && here->only_loads && line && line != f->code->lines[i].line)
			here->loads_early = true;
		else if (here->last == i)
			here->is_else = true;
		line = f->code->lines[i].line;
		if (here->last == i && here->has_test && !here->has_other)
			here->compares = true;
	}
}

int unmarked_lines__doubt(const struct attribution *attribution, const struct line_code *code,
			  struct line_hits_list *list)
{
	struct finder f = {attribution, code, list, calloc(list->n + 1, sizeof(*f.lines))};
	const struct cfg *cfg = attribution->plan->cfg;

	if (!f.lines)
		return -ENOMEM;
	for (uint32_t b = 0; b < cfg->n_blocks; b++) {
		for (uint32_t i = cfg->blocks[b].first; i <= cfg->blocks[b].last; i++) {
			struct executed *line = executed_at(&f, i);

			if (line)
				note_insn(line, &cfg->insns[i].insn, b, i);
		}
		close_block(&f, &cfg->blocks[b]);
	}
	for (size_t k = 0; k < list->n; k++) {
		const struct executed *line = &f.lines[k];

		list->items[k].inexact |= (line->selects && !line->computes) || (line->loads_early && line->is_else) ||
					  (line->compares && line->branches);
	}
	free(f.lines);
	return 0;
}

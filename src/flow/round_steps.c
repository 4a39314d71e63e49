// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A loop that was unrolled to two rounds shows hardly any equal instructions: its test is there once, and two
 * equal instructions of a statement may be two of its operands. But what it counts its rounds by, on the line of the
 * test that closes it, gets larger by 2 and by nothing else. A program seldom counts so itself.
 *
 * Where a pointer or an offset takes the place of the number, it gets larger by the size of the elements, which tells
 * nothing of itself. If the loop also reads or writes memory twice for one place of the source in one block, several
 * elements may be done at once: then the line of the test is doubted.
 */
#include "flow/round_steps.h"

#include <stdbool.h>

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct line_hits_list *list;
};

/* How the registers change that the line of a loop's test changes in the loop. */
struct steps {
	bool one, two, any;
};

static void note_steps(const struct finder *f, uint32_t block, uint32_t line, struct steps *steps)
{
	for (uint32_t i = f->cfg->blocks[block].first; i <= f->cfg->blocks[block].last; i++) {
		int step = line_code__own_line(f->code, i) == line ? f->cfg->insns[i].insn.step : 0;

		steps->one |= step == 1 || step == -1;
		steps->two |= step == 2 || step == -2;
		steps->any |= step != 0;
	}
}

/* Whether two instructions do the same with memory, for one place of the source. */
static bool are_equal(const struct finder *f, uint32_t i, uint32_t k)
{
	const struct insn *a = &f->cfg->insns[i].insn, *b = &f->cfg->insns[k].insn;
	uint32_t line = line_code__own_line(f->code, i);

	return line && line == line_code__own_line(f->code, k) && f->code->lines[i].column &&
	       f->code->lines[i].column == f->code->lines[k].column && a->operation == b->operation &&
	       a->memory == INSN_MEMORY_OTHER && b->memory == INSN_MEMORY_OTHER;
}

static bool has_pair(const struct finder *f, uint32_t block)
{
	const struct cfg_block *b = &f->cfg->blocks[block];

	for (uint32_t i = b->first; i <= b->last; i++)
		for (uint32_t k = i + 1; f->cfg->insns[i].insn.memory == INSN_MEMORY_OTHER && k <= b->last; k++)
			if (are_equal(f, i, k))
				return true;
	return false;
}

static void doubt(const struct finder *f, uint32_t line)
{
	struct line_hits *item = line ? line_hits__find(f->list, line) : NULL;

	if (item)
		item->inexact = item->several = true;
}

/* The line of the test in BLOCK that closes LOOP, or 0. */
static uint32_t line_of_test(const struct finder *f, const struct loop *loop, uint32_t block)
{
	for (uint32_t which = 0; which < 2; which++)
		if (block_flow__successor(f->a, block, which).block == loop->head)
			return line_code__own_line(f->code, f->cfg->blocks[block].last);
	return 0;
}

static void look_at_test(const struct finder *f, const struct loop *loop, uint32_t line)
{
	struct steps steps = {false, false, false};
	bool pair = false;

	for (uint32_t k = 0; k < loop->n; k++)
		note_steps(f, loop->blocks[k], line, &steps);
	if (!steps.any || steps.one)
		return;
	for (uint32_t k = 0; k < loop->n && !steps.two && !pair; k++)
		pair = has_pair(f, loop->blocks[k]);
	if (steps.two || pair)
		doubt(f, line);
	for (uint32_t k = 0; k < loop->n && steps.two; k++)
		for (uint32_t i = f->cfg->blocks[loop->blocks[k]].first; i <= f->cfg->blocks[loop->blocks[k]].last; i++)
			doubt(f, line_code__own_line(f->code, i));
}

void round_steps__doubt(const struct attribution *attribution, const struct line_code *code,
			const struct loop_list *loops, struct line_hits_list *list)
{
	const struct finder f = {attribution, attribution->plan->cfg, code, list};

	for (size_t k = 0; k < loops->n; k++) {
		const struct loop *loop = &loops->items[k];

		if (!attribution->counts[f.cfg->blocks[loop->head].first] || !loops__is_innermost(loops, loop))
			continue;
		for (uint32_t b = 0; b < loop->n; b++) {
			uint32_t line = line_of_test(&f, loop, loop->blocks[b]);

			if (line)
				look_at_test(&f, loop, line);
		}
	}
}

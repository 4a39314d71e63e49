// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. What a loop adds up in memory, LLVM adds up in a register, and stores behind the loop what came of it. Then
 * the line of the addition has code behind the loop only, which is executed once however often the loop went round.
 *
 * Such code can be told by its line: that is below one line of the loop and above another, and the loop has no code of
 * it. A branch out of the middle of a loop leads to such lines as well, those between an `if` and its `break`. But the
 * test of the loop itself, which is on the first or the last of its lines, leads out of the source of the loop. (With
 * an endless loop that begins with an `if` the first line is taken for a test, which is wrong and rare.)
 */
#include "flow/loop_exits.h"

#include <errno.h>
#include <stdlib.h>

#include "dwarf/debug_places.h"
#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct loop *loop;
	bool *inside;		  /* per block: it is one of the loop at hand */
	uint32_t lowest, highest; /* lines of the loop at hand in the file of the function */
};

static bool has_line(const struct insn_line *at)
{
	return at->line && !at->quiet && !(at->line & DEBUG_PLACE_OTHER);
}

static void find_extent(struct finder *f)
{
	f->lowest = UINT32_MAX;
	f->highest = 0;
	for (uint32_t k = 0; k < f->loop->n; k++) {
		const struct cfg_block *block = &f->cfg->blocks[f->loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++) {
			const struct insn_line *at = &f->code->lines[i];

			if (has_line(at) && at->line < f->lowest)
				f->lowest = at->line;
			if (has_line(at) && at->line > f->highest)
				f->highest = at->line;
		}
	}
}

/* Whether the loop at hand has code of LINE. */
static bool is_inside(const struct finder *f, uint32_t line)
{
	for (uint32_t k = 0; k < f->loop->n; k++) {
		const struct cfg_block *block = &f->cfg->blocks[f->loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++)
			if (f->code->lines[i].line == line && !f->code->lines[i].quiet)
				return true;
	}
	return false;
}

/* Whether the branch that ends BLOCK may be the test of the loop. */
static bool ends_with_test(const struct finder *f, uint32_t block)
{
	uint32_t last = f->cfg->blocks[block].last;
	const struct insn_line *at = &f->code->lines[last];

	return f->cfg->insns[last].insn.flow == INSN_FLOW_COND && has_line(at) &&
	       (at->line == f->lowest || at->line == f->highest);
}

/* Whether control comes to BLOCK from the loop at hand alone. */
static bool is_behind(const struct finder *f, uint32_t block)
{
	if (f->cfg->insns[f->cfg->blocks[block].first].root)
		return false;
	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++)
		if (block_flow__successor(f->a, k / 2, k % 2).block == block && !f->inside[k / 2])
			return false;
	return true;
}

/* Doubts the lines of BLOCK, which is behind the loop at hand, that are written in the loop. */
static void doubt_block(const struct finder *f, uint32_t block, struct line_hits_list *list)
{
	for (uint32_t i = f->cfg->blocks[block].first; i <= f->cfg->blocks[block].last; i++) {
		const struct insn_line *at = &f->code->lines[i];

		if (!has_line(at) || !f->a->counts[i] || at->line <= f->lowest || at->line >= f->highest ||
		    is_inside(f, at->line))
			continue;
		line_hits__doubt(list, at->line);
	}
}

static void doubt_exits(const struct finder *f, struct line_hits_list *list)
{
	for (uint32_t k = 0; k < 2 * f->loop->n; k++) {
		uint32_t from = f->loop->blocks[k / 2], to = block_flow__successor(f->a, from, k % 2).block;

		if (to != CFG_NONE && !f->inside[to] && ends_with_test(f, from) && is_behind(f, to))
			doubt_block(f, to, list);
	}
}

int loop_exits__doubt(const struct attribution *attribution, const struct line_code *code,
		      const struct loop_list *loops, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.inside = calloc(cfg->n_blocks, sizeof(*f.inside)),
	};

	if (!f.inside)
		return -ENOMEM;
	for (size_t k = 0; k < loops->n; k++) {
		f.loop = &loops->items[k];
		loop__mark(f.loop, f.inside, true);
		find_extent(&f);
		doubt_exits(&f, list);
		loop__mark(f.loop, f.inside, false);
	}
	free(f.inside);
	return 0;
}

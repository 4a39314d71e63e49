// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. LLVM replaces a loop by what it computes (`t += i` by a product), or by a call of memset() or memcpy(). What
 * is left of the loop's line is its first test, which guards what replaced it. Columns tell such a test from that of an
 * `if`: the branch of a loop is where the loop begins, in front of its condition.
 *
 * What LLVM computes in front of a loop is on the place of that branch, too. So the line of the branch is doubted
 *
 * - if its block, of which the comparison is behind the branch in the source, leads to code that is at the place of the
 *   branch and computes, and no loop outside of which the branch stands has code of the line. The loop's body is
 *   doubted if it is the next line;
 * - if such code is in the same block as the memset(). In the source a call stands below the `if` that guards it, and
 *   no further to the right than its condition; but the call that stands for a loop is where the loop's assignment
 *   has its `=`. So the line of such a call is doubted if it is to the right of what guards it, or if its own line has
 *   code to the left of it. Arguments of a call of the source are to the right of it.
 */
#include "flow/computed_loops.h"

#include <stdbool.h>

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	const struct loop_list *loops;
	struct line_hits_list *list;
};

/* Where the branch is with which a block ends. */
struct guard {
	uint32_t block, line, column;
};

/* Sets *OUT to the branch with which BLOCK ends, if that has a place and can have been taken. */
static bool find_guard(const struct finder *f, uint32_t block, struct guard *out)
{
	uint32_t last = f->cfg->blocks[block].last;

	*out = (struct guard){block, line_code__own_line(f->code, last), f->code->lines[last].column};
	return f->cfg->insns[last].insn.flow == INSN_FLOW_COND && out->line && out->column && f->a->counts[last];
}

/* Whether the comparison in front of the guard is behind it in the source. */
static bool compares_behind(const struct finder *f, const struct guard *guard)
{
	for (uint32_t i = f->cfg->blocks[guard->block].last; i-- > f->cfg->blocks[guard->block].first;)
		if (f->cfg->insns[i].insn.compares)
			return line_code__own_line(f->code, i) == guard->line &&
			       f->code->lines[i].column > guard->column;
	return false;
}

static bool is_at(const struct finder *f, uint32_t i, const struct guard *guard)
{
	return line_code__own_line(f->code, i) == guard->line && f->code->lines[i].column == guard->column;
}

/* Whether BLOCK computes something at the place of GUARD. */
static bool computes_at(const struct finder *f, uint32_t block, const struct guard *guard)
{
	for (uint32_t i = f->cfg->blocks[block].first; i <= f->cfg->blocks[block].last; i++) {
		const struct insn *insn = &f->cfg->insns[i].insn;

		if (is_at(f, i, guard) && insn->flow == INSN_FLOW_NEXT && insn->work == INSN_WORK_COMPUTE &&
		    !insn->compares)
			return true;
	}
	return false;
}

/* Whether a loop outside of which GUARD stands has code of its line. */
static bool has_loop(const struct finder *f, const struct guard *guard)
{
	for (size_t k = 0; k < f->loops->n; k++) {
		const struct loop *loop = &f->loops->items[k];

		for (uint32_t b = 0; b < loop->n && !loop__contains(loop, guard->block); b++)
			for (uint32_t i = f->cfg->blocks[loop->blocks[b]].first;
			     i <= f->cfg->blocks[loop->blocks[b]].last; i++)
				if (line_code__own_line(f->code, i) == guard->line)
					return true;
	}
	return false;
}

/* Doubts a loop that was computed behind GUARD. */
static void look_at_guard(const struct finder *f, const struct guard *guard)
{
	if (!compares_behind(f, guard))
		return;
	for (uint32_t which = 0; which < 2; which++) {
		uint32_t to = block_flow__successor(f->a, guard->block, which).block;

		if (to == CFG_NONE || f->cfg->insns[f->cfg->blocks[to].first].n_preds > 1 ||
		    !computes_at(f, to, guard) || has_loop(f, guard))
			continue;
		line_hits__doubt(f->list, guard->line);
		for (uint32_t i = f->cfg->blocks[to].first; i <= f->cfg->blocks[to].last; i++)
			if (line_code__own_line(f->code, i) == guard->line + 1)
				line_hits__doubt(f->list, guard->line + 1);
	}
}

/* Whether the block of the call I has code of its line in front of it that is to the right of it. */
static bool has_arguments(const struct finder *f, uint32_t i)
{
	for (uint32_t k = f->cfg->blocks[f->cfg->insns[i].block].first; k < i; k++)
		if (line_code__own_line(f->code, k) == line_code__own_line(f->code, i) &&
		    f->code->lines[k].column > f->code->lines[i].column)
			return true;
	return false;
}

/* Whether the line of the call I has code to the left of it. */
static bool has_code_before(const struct finder *f, uint32_t i)
{
	for (uint32_t k = 0; k < f->cfg->n_insns; k++)
		if (line_code__own_line(f->code, k) == line_code__own_line(f->code, i) && f->code->lines[k].column &&
		    f->code->lines[k].column < f->code->lines[i].column)
			return true;
	return false;
}

/* Doubts the lines of a loop for which the call I stands. */
static void look_at_call(const struct finder *f, uint32_t i)
{
	uint32_t line = line_code__own_line(f->code, i), block = f->cfg->insns[i].block;

	if (!line || !f->a->counts[i] || has_arguments(f, i))
		return;
	if (has_code_before(f, i))
		line_hits__doubt(f->list, line);
	for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
		struct guard guard;

		if (block_flow__successor(f->a, k / 2, k % 2).block != block || !find_guard(f, k / 2, &guard) ||
		    guard.line >= line || guard.column >= f->code->lines[i].column)
			continue;
		line_hits__doubt(f->list, line);
		for (uint32_t at = f->cfg->blocks[block].first; at < i; at++)
			if (is_at(f, at, &guard))
				line_hits__doubt(f->list, guard.line);
	}
}

void computed_loops__doubt(const struct attribution *attribution, const struct line_code *code,
			   const struct loop_list *loops, struct line_hits_list *list)
{
	const struct finder f = {attribution, attribution->plan->cfg, code, loops, list};
	struct guard guard;

	for (uint32_t block = 0; block < f.cfg->n_blocks; block++)
		if (find_guard(&f, block, &guard))
			look_at_guard(&f, &guard);
	for (uint32_t i = 0; i < f.cfg->n_insns; i++)
		if (f.cfg->insns[i].block_operation == CFG_OPERATION_STORES)
			look_at_call(&f, i);
}

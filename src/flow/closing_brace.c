// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The closing brace is no statement and has no mark. In the program as it is written every call that ends comes
 * to it, from whatever `return` it came. Optimisers make jumps of calls with which the function ends; GCC duplicates
 * its end, and lets some copies be on the line of a `return`. So the brace was hit as often as control left the body:
 * by all of its returns and by such jumps. (Calls that a signal or longjmp() ended never came to it.) An exception
 * comes to it as well where it destroys what the function holds: to code of the brace behind a landing pad.
 *
 * The brace is known if the last of the function's lines has a return and no mark. (Clang has no code on the brace
 * where there is one `return` at the end alone; that was executed as often.) Where statements are marked, other lines
 * without a mark that have a return, and the brace where the body's ends are not only those of the function, are hit
 * when control returns there: other instructions of such lines, which restore registers, are moved about.
 */
#include "flow/closing_brace.h"

#include <errno.h>
#include <stdlib.h>

#include "dwarf/debug_places.h"
#include "flow/block_flow.h"

/* The line of instruction I, if that is the function's own code and its line has no mark; or 0. */
static uint32_t unmarked_line(const struct line_code *code, const struct statement_hits_list *statements, uint32_t i)
{
	uint32_t line = line_code__own_line(code, i);

	return line && !statements__find(statements, line) ? line : 0;
}

/* The line of the brace, or 0. */
static uint32_t find_brace(const struct cfg *cfg, const struct line_code *code,
			   const struct statement_hits_list *statements)
{
	uint32_t last = 0, brace = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint32_t line = line_code__own_line(code, i);

		if (!line || line & DEBUG_PLACE_OTHER)
			continue;
		last = line > last ? line : last;
		if (line > brace && cfg->insns[i].insn.flow == INSN_FLOW_RETURN && unmarked_line(code, statements, i))
			brace = line;
	}
	for (size_t k = 0; k < code->n_marks; k++)
		if (!(code->marks[k].line & DEBUG_PLACE_OTHER) && code->marks[k].line > last)
			last = code->marks[k].line;
	return brace == last ? brace : 0;
}

/* How often control left the body at instruction I. */
static uint64_t count_end(const struct attribution *a, uint32_t i)
{
	const struct cfg_insn *insn = &a->plan->cfg->insns[i];

	if (insn->insn.flow == INSN_FLOW_RETURN || plan__is_tail_call(a->plan, i))
		return a->counts[i];
	return insn->insn.flow == INSN_FLOW_COND && insn->taken == CFG_NONE ? a->counts[i] - a->next[i] : 0;
}

/* Sets the hits of lines other than BRACE that have a return and no mark. */
static void count_returns(const struct attribution *a, const struct line_code *code,
			  const struct statement_hits_list *statements, uint32_t brace, struct line_hits_list *list)
{
	const struct cfg *cfg = a->plan->cfg;

	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < cfg->n_insns; i++) {
			bool returns = cfg->insns[i].insn.flow == INSN_FLOW_RETURN;
			uint32_t line = returns ? unmarked_line(code, statements, i) : 0;
			struct line_hits *item = line && line != brace ? line_hits__find(list, line) : NULL;

			if (item)
				item->hits = pass ? item->hits + a->counts[i] : 0;
		}
	}
}

/* Doubts the brace of a body that is not all of its function if it returned on other lines as well. */
static void doubt_brace(const struct attribution *a, const struct line_code *code,
			const struct statement_hits_list *statements, struct line_hits_list *list)
{
	uint32_t brace = find_brace(a->plan->cfg, code, statements);
	const struct line_hits *item = brace ? line_hits__find(list, brace) : NULL;
	uint64_t n = 0;

	for (uint32_t i = 0; item && i < a->plan->cfg->n_insns; i++)
		n += a->plan->cfg->insns[i].insn.flow == INSN_FLOW_RETURN ? a->counts[i] : 0;
	if (item && item->hits != n)
		line_hits__doubt(list, brace);
}

static bool has_line(const struct cfg *cfg, const struct line_code *code, uint32_t block, uint32_t line)
{
	for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last; i++)
		if (code->lines[i].line == line && !code->lines[i].quiet)
			return true;
	return false;
}

/* The last line of which there is code, that of inlined calls included. */
static uint32_t last_line(const struct cfg *cfg, const struct line_code *code)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (!code->lines[i].quiet && !(code->lines[i].line & DEBUG_PLACE_OTHER) && code->lines[i].line > last)
			last = code->lines[i].line;
	return last;
}

/* Marks in REACHED the blocks to which control can come without an exception. */
static void find_regular(const struct attribution *a, bool *reached)
{
	const struct cfg *cfg = a->plan->cfg;
	bool more = true;

	for (uint32_t block = 0; block < cfg->n_blocks; block++) {
		uint8_t root = cfg->insns[cfg->blocks[block].first].root;

		reached[block] = root & ~(uint8_t)CFG_ROOT_PAD;
	}
	while (more) {
		more = false;
		for (uint32_t k = 0; k < 2 * cfg->n_blocks; k++) {
			uint32_t to = reached[k / 2] ? block_flow__successor(a, k / 2, k % 2).block : CFG_NONE;

			if (to == CFG_NONE || reached[to])
				continue;
			reached[to] = true;
			more = true;
		}
	}
}

/* How often exceptions came to code of the brace, which destroys what the function holds. */
static uint64_t count_thrown(const struct attribution *a, const struct line_code *code, uint32_t brace,
			     const bool *regular)
{
	const struct cfg *cfg = a->plan->cfg;
	uint64_t n = 0;

	for (uint32_t block = 0; block < cfg->n_blocks; block++) {
		if (regular[block] || !has_line(cfg, code, block, brace))
			continue;
		n += a->counts[cfg->blocks[block].first];
		for (uint32_t which = 0; which < 2; which++) {
			struct block_arc arc = block_flow__successor(a, block, which);

			if (arc.block != CFG_NONE && !regular[arc.block] && has_line(cfg, code, arc.block, brace))
				n -= arc.count;
		}
	}
	return n;
}

/*
 * Adds to LIST what exceptions did on the BRACE. Where that is 0, since no return is on it, and the last line has code
 * for exceptions alone, the other ways to it have lost theirs.
 */
static int take_thrown(const struct attribution *a, const struct line_code *code, uint32_t brace,
		       struct line_hits_list *list)
{
	struct line_hits *item = line_hits__find(list, brace ? brace : last_line(a->plan->cfg, code));
	bool *regular = calloc(a->plan->cfg->n_blocks, sizeof(*regular)), passed = false;

	if (!regular)
		return -ENOMEM;
	find_regular(a, regular);
	if (item && brace)
		item->hits += count_thrown(a, code, brace, regular);
	for (uint32_t block = 0; item && !brace && block < a->plan->cfg->n_blocks; block++)
		passed = passed || (regular[block] && has_line(a->plan->cfg, code, block, item->line));
	if (item && !brace && item->hits && !passed && !line_code__has_mark(code, item->line))
		item->inexact = true;
	free(regular);
	return 0;
}

int closing_brace__count(const struct attribution *attribution, const struct line_code *code,
			 const struct statement_hits_list *statements, struct line_hits_list *list)
{
	uint32_t brace = code->whole && !code->endless ? find_brace(attribution->plan->cfg, code, statements) : 0;
	struct line_hits *item = brace ? line_hits__find(list, brace) : NULL;
	int err = 0;

	if (item)
		item->hits = 0;
	for (uint32_t i = 0; item && i < attribution->plan->cfg->n_insns; i++)
		item->hits += count_end(attribution, i);
	if (code->whole && !code->endless && attribution->plan->cfg->n_throws)
		err = take_thrown(attribution, code, brace, list);
	if (code->marked)
		count_returns(attribution, code, statements, brace, list);
	if (!code->whole && !code->inlined && !code->endless)
		doubt_brace(attribution, code, statements, list);
	return err;
}

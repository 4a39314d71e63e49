// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. `return x;` behind a loop often needs no code of its own: x is in the right register already. GCC then joins
 * the ways to the function's end, and drops the statement's mark on that from the loop. On another way (on which the
 * loop was not entered, say) a jump to the end is left, and has the mark.
 *
 * So the last line of the function that has marks is doubted if each of its marks is at such a jump, the code to which
 * it leads has no mark up to the function's return, and control came there otherwise as well. (An early `return;` of a
 * function without a value looks the same if it is the last line of all that has a mark.)
 */
#include "flow/lost_returns.h"

#include "dwarf/debug_places.h"

#define MOST_BLOCKS 8 /* from the jump to the return */

static bool has_marks(const struct line_code *code, const struct cfg_block *block)
{
	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].insn >= block->first && code->marks[k].insn <= block->last)
			return true;
	return false;
}

/* Whether control gets from instruction I to a return, without a choice and without a mark. */
static bool only_returns(const struct cfg *cfg, const struct line_code *code, uint32_t i)
{
	for (uint32_t n = 0; n < MOST_BLOCKS && i != CFG_NONE; n++) {
		const struct cfg_block *block = &cfg->blocks[cfg->insns[i].block];
		const struct cfg_insn *last = &cfg->insns[block->last];

		if (has_marks(code, block))
			return false;
		if (last->insn.flow == INSN_FLOW_RETURN)
			return true;
		if (last->insn.flow != INSN_FLOW_JUMP && last->insn.flow != INSN_FLOW_NEXT)
			return false;
		i = last->insn.flow == INSN_FLOW_JUMP ? last->taken : last->next;
	}
	return false;
}

static uint32_t last_line(const struct line_code *code)
{
	uint32_t line = 0;

	for (size_t k = 0; k < code->n_marks; k++)
		if (!(code->marks[k].line & DEBUG_PLACE_OTHER) && code->marks[k].line > line)
			line = code->marks[k].line;
	return line;
}

void lost_returns__doubt(const struct attribution *attribution, const struct line_code *code,
			 struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	uint32_t line = last_line(code), end = CFG_NONE;
	uint64_t n = 0;

	for (size_t k = 0; line && k < code->n_marks; k++) {
		const struct cfg_insn *at = &cfg->insns[code->marks[k].insn];

		if (code->marks[k].line != line)
			continue;
		if (at->insn.flow != INSN_FLOW_JUMP || at->taken == CFG_NONE || (end != CFG_NONE && at->taken != end) ||
		    !only_returns(cfg, code, at->taken))
			return;
		end = at->taken;
		n += attribution->counts[code->marks[k].insn];
	}
	if (end != CFG_NONE && attribution->counts[end] > n)
		line_hits__doubt(list, line);
}

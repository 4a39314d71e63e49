// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A compiler that duplicates code has several beginnings of a call, of which debug information names one. Where
 * the compiler marks statements, each has a mark of the line that declares the function. Otherwise all code of the
 * place at which the named one stands is taken for beginnings, but not more than control came into the call's code: a
 * call whose code begins with a loop comes to that place again and again, and one whose code is interleaved with other
 * code is come into more often than it is called.
 *
 * Where the call's code lies in several places of the body, LLVM does not say which of them is the beginning. The first
 * in memory is taken for it. That is surely right only if all code of its place was counted, and no other code of the
 * call was executed more often. Otherwise the call may contain a loop, or begin elsewhere: the number is an estimate.
 * In one place of the body, it is surely right if control came into the call's code as often as to its beginning.
 */
#include "flow/inlined_calls.h"

#include <stdbool.h>
#include <stdlib.h>

#include "flow/statements.h"

/* How often control came into the code of the instance from other code. */
static uint64_t count_entering(const struct attribution *a, const struct insn_line *lines)
{
	const struct cfg *cfg = a->plan->cfg;
	uint64_t n = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		const struct cfg_insn *insn = &cfg->insns[i];

		if (!lines[i].line)
			continue;
		n += a->counts[i];
		if (insn->next != CFG_NONE && lines[insn->next].line)
			n -= a->next[i];
		if (insn->taken != CFG_NONE && lines[insn->taken].line)
			n -= a->taken[i];
	}
	return n;
}

/* Whether code of the instance was executed more often than N times. */
static bool ran_more_often(const struct attribution *a, const struct insn_line *lines, uint64_t n)
{
	for (uint32_t i = 0; i < a->plan->cfg->n_insns; i++)
		if (lines[i].line && !lines[i].quiet && a->counts[i] > n)
			return true;
	return false;
}

static bool is_place(const struct insn_line *line, const struct insn_line *place)
{
	return !line->quiet && !line->call && line->line == place->line && line->column == place->column;
}

/* How often code of the place at which ENTRY stands was executed, all its copies together. */
static uint64_t count_place(const struct attribution *a, const struct insn_line *lines, uint32_t entry)
{
	const struct cfg *cfg = a->plan->cfg;
	uint64_t n = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		bool begins = i == cfg->blocks[cfg->insns[i].block].first || !is_place(&lines[i - 1], &lines[entry]);

		if (begins && is_place(&lines[i], &lines[entry]))
			n += a->counts[i];
	}
	return n;
}

/* The first instruction of the instance, from ENTRY on, whose place is known; CFG_NONE when there is none. */
static uint32_t first_place(const struct cfg *cfg, const struct insn_line *lines, uint32_t entry)
{
	for (uint32_t i = entry; i < cfg->n_insns; i++)
		if (lines[i].line && lines[i].column && !lines[i].call && !lines[i].quiet)
			return i;
	return CFG_NONE;
}

struct inlined_calls inlined_calls__count(const struct attribution *attribution, const struct line_code *code,
					  const struct statement_hits_list *statements, uint32_t entry,
					  uint32_t decl_line, bool scattered)
{
	const struct statement_hits *declared = statements__find(statements, decl_line);
	uint64_t named = entry == CFG_NONE ? 0 : attribution->counts[entry];
	uint64_t entering, place;

	if (declared)
		return (struct inlined_calls){declared->hits, declared->inexact};
	entry = first_place(attribution->plan->cfg, code->lines, entry);
	if (entry == CFG_NONE || !code->optimised)
		return (struct inlined_calls){named, false};
	entering = count_entering(attribution, code->lines);
	place = count_place(attribution, code->lines, entry);
	if (place > entering)
		place = entering;
	return (struct inlined_calls){
		.n = place > named ? place : named,
		.inexact = place != named ||
			   (scattered ? ran_more_often(attribution, code->lines, named) : entering != named),
	};
}

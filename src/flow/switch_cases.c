// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where indirect jumps lead to, cases of a `switch` begin, or what is behind the labels of computed `goto`s:
 * the first mark there is the first statement of a case. The source is taken to be indented as usual, so that all
 * statements of a case stand at the column of the first one or further to the right, and so do the cases after it. What
 * stands further to the left is behind the `switch`.
 */
#include "flow/switch_cases.h"

#include <errno.h>
#include <stdlib.h>

#include "base/sorted.h"

enum { MAX_STEPS = 8 };

/* The line of the first mark in BLOCK that is not in front of a label there, or 0. */
static uint32_t first_mark(const struct cfg *cfg, const struct line_code *code, uint32_t block)
{
	size_t mark = SORTED_FROM(code->marks, code->n_marks, insn, cfg->blocks[block].first);

	while (mark < code->n_marks && code->marks[mark].before_label)
		mark++;
	return mark < code->n_marks && code->marks[mark].insn <= cfg->blocks[block].last ? code->marks[mark].line : 0;
}

/* The line of the first mark to which control comes from the beginning of BLOCK, or 0 where it may come to others. */
static uint32_t mark_ahead(const struct cfg *cfg, const struct line_code *code, uint32_t block)
{
	for (int step = 0; step < MAX_STEPS; step++) {
		const struct cfg_insn *last = &cfg->insns[cfg->blocks[block].last];
		uint32_t line = first_mark(cfg, code, block), to = last->next == CFG_NONE ? last->taken : last->next;

		if (line || to == CFG_NONE || (last->next != CFG_NONE && last->taken != CFG_NONE))
			return line;
		block = cfg->insns[to].block;
	}
	return 0;
}

/* Notes per statement whether a case begins with it. Returns how many do. */
static size_t find_beginnings(const struct cfg *cfg, const struct line_code *code, const struct switch_cases *cases,
			      bool *begins)
{
	size_t n = 0;

	for (uint32_t block = 0; block < cfg->n_blocks; block++) {
		size_t k;

		if (!(cfg->insns[cfg->blocks[block].first].root & CFG_ROOT_INDIRECT))
			continue;
		k = statement_columns__find(&cases->statements, mark_ahead(cfg, code, block));
		if (k == cases->statements.n || begins[k])
			continue;
		begins[k] = true;
		n++;
	}
	return n;
}

/*
 * Ends those cases that statement K is not in, of OPEN and the ones around it. *before: the one of the same `switch`
 * that ends where K begins another, or SWITCH_CASES_NONE. Returns the smallest case that is still open.
 */
static size_t close_cases(struct switch_cases *cases, size_t open, size_t k, bool begins, size_t *before)
{
	const struct statement_column *at = cases->statements.items;

	*before = SWITCH_CASES_NONE;
	while (open != SWITCH_CASES_NONE) {
		struct switch_case *item = &cases->items[open];
		uint32_t column = at[item->first].column;

		if (column < at[k].column || (column == at[k].column && !begins))
			break;
		if (column == at[k].column)
			*before = open;
		item->end = k;
		open = item->around;
	}
	return open;
}

static void list_cases(struct switch_cases *cases, const bool *begins)
{
	size_t open = SWITCH_CASES_NONE, before;

	for (size_t k = 0; k < cases->statements.n; k++) {
		open = close_cases(cases, open, k, begins[k], &before);
		if (begins[k]) {
			size_t of = before == SWITCH_CASES_NONE ? cases->n : cases->items[before].of;

			cases->items[cases->n] = (struct switch_case){k, cases->statements.n, open, of};
			open = cases->n++;
		}
		cases->innermost[k] = open;
	}
}

int switch_cases__find(const struct cfg *cfg, const struct line_code *code, struct switch_cases *out)
{
	bool *begins;
	size_t n;

	*out = (struct switch_cases){.n = 0};
	if (statement_columns__list(code, &out->statements))
		return -ENOMEM;
	begins = calloc(out->statements.n + 1, sizeof(*begins));
	out->innermost = calloc(out->statements.n + 1, sizeof(*out->innermost));
	n = begins ? find_beginnings(cfg, code, out, begins) : 0;
	out->items = calloc(n + 1, sizeof(*out->items));
	if (begins && out->innermost && out->items)
		list_cases(out, begins);
	n = begins && out->innermost && out->items;
	free(begins);
	return n ? 0 : -ENOMEM;
}

void switch_cases__release(struct switch_cases *cases)
{
	free(cases->statements.items);
	free(cases->items);
	free(cases->innermost);
	*cases = (struct switch_cases){.n = 0};
}

size_t switch_cases__apart(const struct switch_cases *cases, size_t a, size_t b)
{
	for (size_t x = cases->innermost[a]; x != SWITCH_CASES_NONE; x = cases->items[x].around)
		for (size_t y = cases->innermost[b]; y != SWITCH_CASES_NONE; y = cases->items[y].around)
			if (cases->items[x].of == cases->items[y].of)
				return x == y ? SWITCH_CASES_NONE : x;
	return SWITCH_CASES_NONE;
}

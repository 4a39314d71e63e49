// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. LLVM makes one instruction of what two inlined calls of a function do one after the other: of two `count++`
 * one addition of 2, of two equal loads one load. The instruction keeps the line, and belongs to one of the calls; of
 * the other call nothing tells that it executed the line. It shows only by comparison: one block has code of both
 * calls, and one of them has the line and the other has not. (The line may also have been left out because a condition
 * was known in that call. That looks the same.)
 */
#include "flow/merged_lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct comparison {
	const struct merged_code *code;
	struct merged_code *sorted; /* the same, to be searched */
	size_t n;
};

static int compare(const void *x, const void *y)
{
	const struct merged_code *a = x, *b = y;

	if (a->call != b->call)
		return a->call < b->call ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

/* Whether BLOCK has code of a call that has no code of the line of instruction I, which is another call's. */
static bool is_merged(const struct comparison *c, const struct cfg_block *block, uint32_t i)
{
	uint32_t before = c->code[i].call;

	for (uint32_t k = block->first; k <= block->last; k++) {
		const struct merged_code key = {c->code[k].call, c->code[i].line};

		if (!key.call || key.call == c->code[i].call || key.call == before)
			continue;
		before = key.call;
		if (!bsearch(&key, c->sorted, c->n, sizeof(key), compare))
			return true;
	}
	return false;
}

static size_t find_all(const struct comparison *c, const struct attribution *a, uint32_t *lines)
{
	const struct cfg *cfg = a->plan->cfg;
	size_t n = 0;

	for (uint32_t b = 0; b < cfg->n_blocks; b++) {
		const struct cfg_block *block = &cfg->blocks[b];

		for (uint32_t i = block->first; i <= block->last && a->counts[block->first]; i++) {
			bool again = i > block->first && !compare(&c->code[i], &c->code[i - 1]);

			if (c->code[i].call && !again && is_merged(c, block, i))
				lines[n++] = c->code[i].line;
		}
	}
	return n;
}

int merged_lines__find(const struct attribution *attribution, const struct merged_code *code, uint32_t **out, size_t *n)
{
	uint32_t n_insns = attribution->plan->cfg->n_insns;
	struct comparison c = {code, calloc((size_t)n_insns + 1, sizeof(*code)), 0};
	uint32_t *lines = calloc((size_t)n_insns + 1, sizeof(*lines));

	*n = 0;
	if (!c.sorted || !lines) {
		free(c.sorted);
		free(lines);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n_insns; i++)
		if (code[i].call)
			c.sorted[c.n++] = code[i];
	qsort(c.sorted, c.n, sizeof(*c.sorted), compare);
	*n = find_all(&c, attribution, lines);
	free(c.sorted);
	*out = lines;
	return 0;
}

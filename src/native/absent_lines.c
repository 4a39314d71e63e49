// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/absent_lines.h"

#include <stdlib.h>

#include "base/grow.h"

int absent_lines__note(struct absent_lines *absent, const struct line_hits_list *hits, uint64_t n, bool marked)
{
	absent->n_executed += n > 0;
	for (size_t i = 0; i < hits->n; i++) {
		const struct line_hits *item = &hits->items[i];
		int err = grow__one(&absent->items, &absent->room, absent->n, sizeof(*absent->items));

		if (err)
			return err;
		absent->items[absent->n++] = (struct absent_line){item->line, n > 0, marked && item->hits < n};
	}
	return 0;
}

static int compare(const void *x, const void *y)
{
	const struct absent_line *a = x, *b = y;

	return (a->line > b->line) - (a->line < b->line);
}

void absent_lines__choose(struct absent_lines *absent)
{
	size_t kept = 0;

	if (absent->n)
		qsort(absent->items, absent->n, sizeof(*absent->items), compare);
	for (size_t i = 0; i < absent->n;) {
		struct absent_line line = {.line = absent->items[i].line};

		for (; i < absent->n && absent->items[i].line == line.line; i++) {
			line.n += absent->items[i].n;
			line.skipped |= absent->items[i].skipped;
		}
		if (line.n < absent->n_executed && !line.skipped)
			absent->items[kept++] = line;
	}
	absent->n = kept;
}

void absent_lines__release(struct absent_lines *absent)
{
	free(absent->items);
	*absent = (struct absent_lines){0};
}

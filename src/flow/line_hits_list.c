// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/line_hits_list.h"

#include <stdlib.h>

int line_hits__compare(const void *x, const void *y)
{
	const struct line_hits *a = x, *b = y;

	return (a->line > b->line) - (a->line < b->line);
}

struct line_hits *line_hits__find(struct line_hits_list *list, uint32_t line)
{
	const struct line_hits key = {.line = line};

	return list->n ? bsearch(&key, list->items, list->n, sizeof(key), line_hits__compare) : NULL;
}

void line_hits__doubt(struct line_hits_list *list, uint32_t line)
{
	struct line_hits *item = line_hits__find(list, line);

	if (item)
		item->inexact = true;
}

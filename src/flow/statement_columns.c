// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/statement_columns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/sorted.h"
#include "dwarf/debug_places.h"

static int compare(const void *x, const void *y)
{
	const struct statement_column *a = x, *b = y;

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

int statement_columns__list(const struct line_code *code, struct statement_columns *out)
{
	size_t kept = 0;

	*out = (struct statement_columns){calloc(code->n_marks + 1, sizeof(*out->items)), 0};
	if (!out->items)
		return -ENOMEM;
	for (size_t k = 0; k < code->n_marks; k++) {
		const struct statement_mark *mark = &code->marks[k];

		if (mark->position && !(mark->line & DEBUG_PLACE_OTHER))
			out->items[out->n++] = (struct statement_column){mark->line, mark->position};
	}
	qsort(out->items, out->n, sizeof(*out->items), compare);
	for (size_t k = 0; k < out->n; k++)
		if (!kept || out->items[kept - 1].line != out->items[k].line)
			out->items[kept++] = out->items[k];
	out->n = kept;
	return 0;
}

size_t statement_columns__find(const struct statement_columns *list, uint32_t line)
{
	return SORTED_AT(list->items, list->n, line, line);
}

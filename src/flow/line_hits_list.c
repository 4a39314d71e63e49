// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/line_hits_list.h"

struct line_hits *line_hits__find(struct line_hits_list *list, uint32_t line)
{
	size_t lo = 0, hi = list->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (list->items[mid].line == line)
			return &list->items[mid];
		if (list->items[mid].line < line)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/symbol_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
	const struct objfile_symbol *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

int symbol_names__fill(struct symbol_names *names, const struct symbols *symbols)
{
	if (names->items)
		return 0;
	names->items = calloc(symbols__count(symbols) + 1, sizeof(*names->items));
	if (!names->items)
		return -ENOMEM;
	names->n = symbols__count(symbols);
	for (size_t i = 0; i < names->n; i++)
		names->items[i] = symbols__get(symbols, i);
	qsort(names->items, names->n, sizeof(*names->items), compare_names);
	return 0;
}

void symbol_names__clear(struct symbol_names *names)
{
	free(names->items);
	*names = (struct symbol_names){NULL, 0};
}

const struct objfile_symbol *const *symbol_names__find(const struct symbol_names *names, const char *name, size_t *n)
{
	size_t lo = 0;
	size_t hi = names->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(names->items[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n = 0; lo + *n < names->n && strcmp(names->items[lo + *n]->name, name) == 0; (*n)++)
		;
	return *n ? &names->items[lo] : NULL;
}

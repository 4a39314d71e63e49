// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/symbol_functions.h"

#include <stdlib.h>

#include "dwarf/die_ranges.h"

static int compare_ranges(const void *a, const void *b)
{
	const struct addr_range *left = a, *right = b;

	return (left->lo > right->lo) - (left->lo < right->lo);
}

/* Whether ADDR is in the code of a DIE. Ranges of one unit's functions are disjoint, but may be there twice. */
static bool is_described(const struct symbol_functions_input *input, uint64_t addr)
{
	size_t lo = 0;
	size_t hi = input->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (input->described[mid].lo <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && addr < input->described[lo - 1].hi;
}

static bool is_function(const struct symbol_functions_input *input, const struct objfile_symbol *symbol)
{
	return symbol->kind == SYMBOL_FUNCTION || symbol->kind == SYMBOL_LABEL || input->wanted(symbol, input->ctx);
}

/* Names the functions whose symbols are in RANGE, which is code of the unit. */
static int name_in(const struct symbol_functions_input *input, const struct addr_range *range)
{
	const struct symbols *symbols = input->symbols;
	uint64_t last = UINT64_MAX;
	int err = 0;

	for (size_t i = symbols__from(symbols, range->lo); !err && i < symbols__count(symbols); i++) {
		struct symbol_function function = {.symbol = symbols__get(symbols, i)};
		uint64_t at = function.symbol->vaddr;

		if (at >= range->hi)
			break;
		if (at == last || !is_function(input, function.symbol) || is_described(input, at))
			continue;
		last = at;
		function.open_ended = !function.symbol->size;
		function.range = (struct addr_range){at, symbols__end(symbols, i, range->hi)};
		if (function.range.hi > range->hi)
			function.range.hi = range->hi;
		if (function.range.lo < function.range.hi)
			err = input->fn(&function, input->ctx);
	}
	return err;
}

int symbol_functions__each(const struct symbol_functions_input *input)
{
	struct addr_range *ranges;
	size_t n;
	int err = die_ranges__read(input->unit, &ranges, &n);

	if (input->n)
		qsort(input->described, input->n, sizeof(*input->described), compare_ranges);
	for (size_t i = 0; !err && i < n; i++)
		err = name_in(input, &ranges[i]);
	free(ranges);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/symbol_functions.h"

#include <stdlib.h>

#include "base/sorted.h"
#include "dwarf/die_ranges.h"

/* Whether ADDR is in the code of a DIE. Ranges of one unit's functions are disjoint, but may be there twice. */
static bool is_described(const struct symbol_functions_input *input, uint64_t addr)
{
	size_t i = SORTED_ABOVE(input->described, input->n, lo, addr);

	return i > 0 && addr < input->described[i - 1].hi;
}

static bool names_function(const struct objfile_symbol *symbol)
{
	return symbol->kind == SYMBOL_FUNCTION || symbol->kind == SYMBOL_LABEL;
}

/* The function of the symbol with this INDEX, whose code ends with RANGE if not before. */
static struct symbol_function function_of(const struct symbols *symbols, size_t index, const struct addr_range *range)
{
	const struct objfile_symbol *symbol = symbols__get(symbols, index);
	uint64_t end = symbols__end(symbols, index, range->hi);

	return (struct symbol_function){
		.symbol = symbol,
		.range = {symbol->vaddr, end < range->hi ? end : range->hi},
		.open_ended = !symbol->size,
	};
}

/* Names the functions whose symbols are in RANGE, which is code of the unit. */
static int name_in(const struct symbol_functions_input *input, const struct addr_range *range)
{
	const struct symbols *symbols = input->symbols;
	uint64_t last = UINT64_MAX;
	int err = 0;

	for (size_t i = symbols__from(symbols, range->lo); !err && i < symbols__count(symbols); i++) {
		const struct objfile_symbol *symbol = symbols__get(symbols, i);
		struct symbol_function function;

		if (symbol->vaddr >= range->hi)
			break;
		if (symbol->vaddr == last || (!names_function(symbol) && !input->wanted(symbol, input->ctx)) ||
		    is_described(input, symbol->vaddr))
			continue;
		last = symbol->vaddr;
		function = function_of(symbols, i, range);
		if (function.range.lo < function.range.hi)
			err = input->fn(&function, input->ctx);
	}
	return err;
}

bool symbol_functions__at(const struct symbols *symbols, const struct addr_range *range, uint64_t addr,
			  struct symbol_function *function)
{
	size_t last = symbols__count(symbols);

	for (size_t i = symbols__from(symbols, addr + 1); i > 0; i--) {
		const struct objfile_symbol *symbol = symbols__get(symbols, i - 1);

		if (last < symbols__count(symbols) && symbol->vaddr != symbols__get(symbols, last)->vaddr)
			break;
		if (symbol->vaddr < range->lo)
			break;
		if (symbol->kind != SYMBOL_LOCAL_LABEL)
			last = i - 1; /* the best of those at this address comes first */
	}
	if (last == symbols__count(symbols))
		return false;
	*function = function_of(symbols, last, range);
	return addr < function->range.hi;
}

int symbol_functions__each(const struct symbol_functions_input *input)
{
	struct addr_range *ranges;
	size_t n;
	int err = die_ranges__read(input->unit, &ranges, &n);

	if (input->n)
		qsort(input->described, input->n, sizeof(*input->described), addr_range__compare);
	for (size_t i = 0; !err && i < n; i++)
		err = name_in(input, &ranges[i]);
	free(ranges);
	return err;
}

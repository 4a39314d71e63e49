/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbol_functions: the functions of a compilation unit that debug information describes by line rows alone: only the
 * symbol table knows their names and where they are. Such are those of compilers told to write line tables only, and of
 * assembler files.
 */
#ifndef LPROF_SYMBOL_FUNCTIONS_H
#define LPROF_SYMBOL_FUNCTIONS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/symbols.h"

struct symbol_function {
	const struct objfile_symbol *symbol; /* the best of those at this address; borrowed from the symbols */
	struct addr_range range;
	bool open_ended; /* the symbol has no size: the code may end before the range does */
};

/*
 * Calls FN for each function of UNIT whose symbol is in none of the N ranges DESCRIBED, the code of the unit's DIEs
 * (sorted here). Local labels are left out, unless `wanted` says that they are to be taken. 0, FN's first non-zero
 * value, or -ENOMEM.
 */
struct symbol_functions_input {
	const struct symbols *symbols;
	Dwarf_Die *unit;
	struct addr_range *described;
	size_t n;
	bool (*wanted)(const struct objfile_symbol *symbol, void *ctx);
	int (*fn)(const struct symbol_function *function, void *ctx);
	void *ctx;
};

int symbol_functions__each(const struct symbol_functions_input *input);

/*
 * Sets *function to the one whose symbol is the last at or before ADDR in RANGE, which holds ADDR. False: there is
 * none, or its code ends before ADDR.
 */
bool symbol_functions__at(const struct symbols *symbols, const struct addr_range *range, uint64_t addr,
			  struct symbol_function *function);

#endif

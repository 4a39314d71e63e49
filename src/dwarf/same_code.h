/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * same_code: other names of a function's code: aliases, and functions of the same instructions that the compiler or the
 * linker made one ("identical code folding").
 */
#ifndef LPROF_SAME_CODE_H
#define LPROF_SAME_CODE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "dwarf/line_rows.h"
#include "elf/symbol_names.h"
#include "elf/symbols.h"

struct same_code {
	const char **names; /* as the symbol table has them, mangled; borrowed from the symbols */
	size_t n;
};

/*
 * Finds the names that SYMBOLS have for the code at ENTRY besides those of FUNCTION, whose code it is: not its other
 * constructors, and not the compiler's own copies (name.localalias). 0 or -ENOMEM; same_code__clear() in either case.
 */
int same_code__find(const struct symbols *symbols, uint64_t entry, const struct debug_function *function,
		    struct same_code *out);
void same_code__clear(struct same_code *same);

/* Notes on the function that its code has these other names, if it has. 0 or -ENOMEM. */
int same_code__note(const struct same_code *same, struct debug_function *function);

/*
 * Which lines may be the function's own when functions of these other names, which UNIT defines in the same file, share
 * its code: the line table has rows of all of them.
 */
struct line_window same_code__window(const struct same_code *same, Dwarf_Die *unit,
				     const struct debug_function *function);

/* Whether DIE defines a subprogram but has lost its code, which the linker dropped or folded into another one's. */
bool same_code__may_be_folded(Dwarf_Die *die);

/*
 * The symbol of the subprogram DIE of UNIT, if the linker folded its code: the line table still has rows of FUNCTION
 * there. NULL otherwise.
 */
const struct objfile_symbol *same_code__folded(const struct symbol_names *symbols, Dwarf_Die *die, Dwarf_Die *unit,
					       const struct debug_function *function);

#endif

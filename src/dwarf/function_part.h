/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_part: how the bodies of one function belong together, where a compiler made several of what is one function
 * in the source: which of them one activation passes through, so that entering it is no call.
 */
#ifndef LPROF_FUNCTION_PART_H
#define LPROF_FUNCTION_PART_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "dwarf/debug_function.h"

/*
 * Whether CHILD, an inlined subroutine directly within AROUND (a subprogram or an inlined subroutine), is not a call
 * of the function but a part of the activation around it.
 */
bool function_part__is_inlined(Dwarf_Die *child, Dwarf_Die *around);

/*
 * What SYMBOL, the name of a body in the symbol table (may be NULL), says of the body: GCC splits cold parts off
 * ("f.part.0"), and a coroutine goes on in bodies of its own.
 */
enum function_part function_part__of_symbol(const char *symbol);

/*
 * The digit by which the mangled name LINKAGE (may be NULL) tells the bodies of a constructor or destructor apart:
 * '0' deletes the object, '1' is for complete objects, '2' for bases, '4' and '5' stand for all of them. 0: the name is
 * of neither.
 */
char function_part__variant(const char *linkage);

/* Whether two mangled names of the same length differ in nothing but that digit. */
bool function_part__are_variants(const char *left, const char *right);

/* Whether a body of variant OUTER does its work by calling, or holding, the one of variant INNER. */
bool function_part__wraps(char outer, char inner);

#endif

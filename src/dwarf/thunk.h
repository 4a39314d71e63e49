/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thunk: the code by which a virtual function of C++ is called through another base of its class. It corrects `this`
 * and jumps to the function, but GCC may put a copy of the function into it, which debug information does not mention.
 */
#ifndef LPROF_THUNK_H
#define LPROF_THUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/objfile.h"

/*
 * The mangled name of the function that the thunk called SYMBOL stands for, owned by the caller. NULL if SYMBOL is the
 * name of no thunk, or memory is short.
 */
char *thunk__function(const char *symbol);

/* Whether NAME is the mangled name of a thunk that changes the result as well (a covariant one). */
bool thunk__is_covariant(const char *name);

/*
 * Whether the code in RANGE calls, or jumps to, the function called NAME whose body is at ENTRY, or another thunk of
 * it.
 */
bool thunk__leads_on(const struct objfile *obj, const struct addr_range *range, const char *name, uint64_t entry);

#endif

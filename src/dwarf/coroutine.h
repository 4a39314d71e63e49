/* SPDX-License-Identifier: GPL-2.0-or-later */
/* coroutine: the bodies in which a coroutine of GCC goes on, and the function that begins it. */
#ifndef LPROF_COROUTINE_H
#define LPROF_COROUTINE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

#include "dwarf/function_candidate.h"
#include "elf/symbols.h"

/*
 * The name of the frame of the coroutine that goes on in the function whose DIE is ROOT, borrowed from the debug
 * information: the linkage name of the function that begins it, and ".Frame". NULL: it is no such function.
 */
const char *coroutine__frame(Dwarf_Die *root);

/* Whether LINKAGE, which may be NULL, is the linkage name that FRAME begins with. */
bool coroutine__is_begun_by(const char *frame, const char *linkage);

/*
 * Joins those of the N candidates that have a frame to the functions that begin the coroutines. SYMBOLS may be NULL.
 * 0 or -ENOMEM.
 */
int coroutine__join(struct function_candidate *candidates, size_t n, size_t n_selectors, const struct symbols *symbols);

#endif

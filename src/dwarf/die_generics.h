/* SPDX-License-Identifier: GPL-2.0-or-later */
/* die_generics: what the source calls the parameters of a template. */
#ifndef LPROF_DIE_GENERICS_H
#define LPROF_DIE_GENERICS_H

#include <elfutils/libdw.h>

#include "dwarf/die_name.h"

/*
 * The names of the parameters of the function template whose instance DIE is, a root, and then, if CLASSES, of the
 * class templates around it, up to a NULL. (Functions of Rust have those of their types among their own.) NULL when
 * there are none, or out of memory. Owned by the caller, who frees it; the names are borrowed from the debug
 * information.
 */
const char **die_generics__read(struct die_scopes *scopes, Dwarf_Die *die, bool classes);

/*
 * NAME, that of the function DIE, with the enumerators that are arguments of its template or its classes as the source
 * has them: "paint<Color::Green>" for "paint<(Color)1>", as GCC spells it. Owned by the caller; NULL when nothing
 * changes, or out of memory.
 */
char *die_generics__spell(struct die_scopes *scopes, Dwarf_Die *die, const char *name);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * die_spelling: all that the function of a DIE may be called, for selector__matches_name().
 */
#ifndef LPROF_DIE_SPELLING_H
#define LPROF_DIE_SPELLING_H

#include <elfutils/libdw.h>

#include "dwarf/debug_function.h"
#include "dwarf/die_name.h"
#include "elf/objfile.h"
#include "target/selector.h"

struct die_spelling {
	struct function_names names;
	char *respelled;       /* or NULL */
	const char **generics; /* likewise */
};

/*
 * Spells the name of FUNCTION, of which only the names are read. DIE is one of its DIEs, with origin ROOT, in OBJ. The
 * names are borrowed from all of these, and from SCOPES until it is next used. Where memory is short, names are
 * missing.
 */
void die_spelling__read(struct die_spelling *spelling, struct die_scopes *scopes, const struct objfile *obj,
			Dwarf_Die *die, Dwarf_Die *root, const struct debug_function *function, bool generics);
void die_spelling__release(struct die_spelling *spelling);

#endif

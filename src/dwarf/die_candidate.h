/* SPDX-License-Identifier: GPL-2.0-or-later */
/* die_candidate: makes a candidate of the function that a DIE belongs to, if a selector may select it. */
#ifndef LPROF_DIE_CANDIDATE_H
#define LPROF_DIE_CANDIDATE_H

#include <elfutils/libdw.h>
#include <stdint.h>

#include "dwarf/die_name.h"
#include "dwarf/function_candidate.h"
#include "dwarf/function_match.h"
#include "elf/objfile.h"

/* All borrowed. */
struct die_candidate_input {
	const struct objfile *obj;
	struct die_scopes *scopes;
	const struct function_match *match;
};

/*
 * Fills CANDIDATE, but for its instances, with the function that DIE, with origin ROOT, belongs to. ENTRY is that of
 * its code when a name of the symbol table selects that, else 0. Returns 0; -ENOENT when no selector selects it, or
 * -ENOMEM, and then the candidate is empty.
 */
int die_candidate__make(const struct die_candidate_input *input, Dwarf_Die *die, Dwarf_Die *root, uint64_t entry,
			struct function_candidate *candidate);

#endif

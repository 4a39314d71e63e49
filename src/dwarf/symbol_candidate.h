/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbol_candidate: makes a candidate of a function that only the symbol table names, if a selector selects it. */
#ifndef LPROF_SYMBOL_CANDIDATE_H
#define LPROF_SYMBOL_CANDIDATE_H

#include <elfutils/libdw.h>

#include "dwarf/function_candidate.h"
#include "dwarf/function_instance.h"
#include "dwarf/function_match.h"
#include "dwarf/symbol_functions.h"

/* Fills the names of a function that only the symbol table names: NAME. 0 or -ENOMEM. */
int symbol_candidate__names(const char *name, struct debug_function *function);

/*
 * Fills CANDIDATE, but for its code, with the function FOUND in the unit whose line table SKELETON knows. Returns 0;
 * -ENOENT when no selector selects it or its place is not known, or -ENOMEM, and then the candidate is empty.
 */
int symbol_candidate__make(const struct function_match *match, const struct symbol_function *found, Dwarf_Die *skeleton,
			   struct function_candidate *candidate);

/*
 * Adds the code of FOUND to the candidate that was made of it. PLACE says where that is; its own and body are not
 * read. 0 or -ENOMEM.
 */
int symbol_candidate__add_code(const struct symbol_function *found, const struct function_instance_place *place,
			       struct function_candidate *candidate);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* function_instance: makes an instance of a function of what debug information says of one piece of its code. */
#ifndef LPROF_FUNCTION_INSTANCE_H
#define LPROF_FUNCTION_INSTANCE_H

#include <elfutils/libdw.h>

#include "dwarf/code_piece.h"
#include "dwarf/function_candidate.h"
#include "dwarf/stray_code.h"
#include "elf/symbols.h"

struct function_instance_place {
	Dwarf_Die *die;	 /* describes the code; the unit's when nothing else does */
	Dwarf_Die *unit; /* that holds it */
	const struct code_piece *own;
	const struct code_piece *body;	 /* the out-of-line body around it; NULL: it is one itself */
	const struct stray_code *strays; /* of the body; NULL: none */
	const struct symbols *symbols;	 /* NULL: none are known */
	struct line_files *files;	 /* what is known of source files */
	struct compiled_unit *compiled;	 /* how the unit was compiled; NULL: that does not matter */
};

/*
 * Adds the instance to the candidate, with a note if its code has other names as well. 0 or -ENOMEM.
 */
int function_instance__add(struct function_candidate *candidate, const struct function_instance_place *place);

#endif

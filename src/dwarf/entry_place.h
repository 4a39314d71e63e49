/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry_place: the file and line on which a function's code begins, which stand for the place of its declaration where
 * the debug information does not tell that.
 */
#ifndef LPROF_ENTRY_PLACE_H
#define LPROF_ENTRY_PLACE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct entry_place {
	char *file;    /* absolute where the compilation directory makes it so; owned by the caller */
	uint32_t line; /* 0: not known */
};

/*
 * The place of the code at ENTRY in the function that DIE describes (a subprogram or an inlined subroutine; or a unit,
 * for a function that has no DIE): by the call when a callee was inlined there, otherwise by the first row of the line
 * table that has a line, at ENTRY or behind it but before END, where the code ends. An inlined function's code may
 * begin within a row. Returns 0, -ENOENT when none tells, or -ENOMEM.
 */
int entry_place__find(Dwarf_Die *die, uint64_t entry, uint64_t end, struct entry_place *place);

/*
 * Whether the subprogram DIE has code in its unit's main source file, but none in FILE, an absolute path. For a
 * function that a system header declares GCC names the header, although it is defined elsewhere.
 */
bool entry_place__is_elsewhere(Dwarf_Die *die, const char *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind_bodies: rules for walking stacks through code that has no call frame information, from the code itself.
 */
#ifndef LPROF_UNWIND_BODIES_H
#define LPROF_UNWIND_BODIES_H

#include "dwarf/unwind_table.h"
#include "elf/objfile.h"

/*
 * Replaces rows of TABLE, which is OBJ's, where they are UNWIND_FRAME_POINTER and the instructions of the function that
 * a symbol names prove where its frame is. Returns 0 or -ENOMEM; TABLE is whole in either case.
 */
int unwind_bodies__prove(const struct objfile *obj, struct unwind_table *table);

#endif

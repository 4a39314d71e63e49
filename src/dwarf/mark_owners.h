/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mark_owners: to which of a function's instances a mark of a statement belongs. Pure. */
#ifndef LPROF_MARK_OWNERS_H
#define LPROF_MARK_OWNERS_H

#include "dwarf/debug_function.h"

/*
 * Drops marks of lines below the function, and sees to it that no mark belongs to two instances, which would count it
 * twice. Finds out which of their lines have code. Returns 0 or -ENOMEM.
 */
int mark_owners__settle(struct debug_function *function);

#endif

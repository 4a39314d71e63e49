/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mark_owners: to which of a function's instances a mark of a statement belongs. Pure. */
#ifndef LPROF_MARK_OWNERS_H
#define LPROF_MARK_OWNERS_H

#include "dwarf/debug_function.h"

/*
 * Sees to it that no mark belongs to two instances of the function, which would count it twice. Returns 0 or -ENOMEM.
 */
int mark_owners__settle(struct debug_function *function);

#endif

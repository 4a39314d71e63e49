/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shared_bodies: selected functions that share one body, which must be counted for one of them only. Pure. */
#ifndef LPROF_SHARED_BODIES_H
#define LPROF_SHARED_BODIES_H

#include <stddef.h>

#include "dwarf/function_candidate.h"

/*
 * Leaves each out-of-line body to one of the selected ones of the N candidates: to one that was selected by a name that
 * debug information has for it if there is such, and to the first of these. A candidate that has no instance left is
 * not selected any more; what selected it selects the other one. 0 or -ENOMEM.
 */
int shared_bodies__settle(struct function_candidate *candidates, size_t n, size_t n_selectors);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* die_ranges: the address ranges that a DIE gives its code. */
#ifndef LPROF_DIE_RANGES_H
#define LPROF_DIE_RANGES_H

#include <elfutils/libdw.h>
#include <stddef.h>

#include "dwarf/debug_function.h"

/*
 * Sets *ranges to the N ranges of DIE that are not empty, in the order of the debug information; they may overlap. To
 * be freed with free(). 0, or -ENOMEM, and then there are none.
 */
int die_ranges__read(Dwarf_Die *die, struct addr_range **ranges, size_t *n);

#endif

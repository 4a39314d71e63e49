/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * included_lines: code that #include or #line puts into functions of other files, as a selector FILE:LINE asks for it.
 */
#ifndef LPROF_INCLUDED_LINES_H
#define LPROF_INCLUDED_LINES_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "dwarf/function_extents.h"
#include "target/selector.h"

/*
 * Sets *found to whether the unit DIE may have such code on the lines of SELECTOR or around them: rows of the file that
 * are in none of the functions that it declares. False for a selector that is not by line. EXTENTS as in line_files.h.
 * Returns 0 or -ENOMEM.
 */
int included_lines__find(Dwarf_Die *unit, struct function_extents *extents, const struct selector *selector,
			 bool *found);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* statement_marks: where the statements of one instance of a function begin. */
#ifndef LPROF_STATEMENT_MARKS_H
#define LPROF_STATEMENT_MARKS_H

#include "dwarf/inlined_regions.h"

/*
 * Fills instance->marks from the rows of its ranges; DECL_LINE is the function's. The instance's compiler must mark
 * statements (compiled.h). There may be marks that are not the instance's: see mark_owners.h. Returns 0 or -ENOMEM.
 */
int statement_marks__find(struct line_rows *rows, const struct inlined_regions *regions, uint32_t decl_line,
			  struct debug_instance *instance);

#endif

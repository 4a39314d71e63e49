/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inlined_calls: how often a call that was inlined was made. Pure. */
#ifndef LPROF_INLINED_CALLS_H
#define LPROF_INLINED_CALLS_H

#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/statements.h"

/*
 * How often the inlined call that CODE describes was made. STATEMENTS are those that statements__count() finds in CODE,
 * ENTRY is the instruction where debug information says that it begins, DECL_LINE the line that declares the function.
 */
uint64_t inlined_calls__count(const struct attribution *attribution, const struct line_code *code,
			      const struct statement_hits_list *statements, uint32_t entry, uint32_t decl_line);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inlined_calls: how often a call that was inlined was made. Pure. */
#ifndef LPROF_INLINED_CALLS_H
#define LPROF_INLINED_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/statements.h"

struct inlined_calls {
	uint64_t n;
	bool inexact; /* the code does not tell it: `n` is the best estimate */
};

/*
 * How often the inlined call that CODE describes was made. STATEMENTS are those that statements__count() finds in CODE,
 * ENTRY is the instruction where debug information says that it begins, DECL_LINE the line that declares the function.
 * SCATTERED: its code lies in several places of the body.
 */
struct inlined_calls inlined_calls__count(const struct attribution *attribution, const struct line_code *code,
					  const struct statement_hits_list *statements, uint32_t entry,
					  uint32_t decl_line, bool scattered);

#endif

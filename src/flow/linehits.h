/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linehits: from executions of instructions to hits and time of source lines. Pure.
 */
#ifndef LPROF_LINEHITS_H
#define LPROF_LINEHITS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/statements.h"

/*
 * STATEMENTS are those that statements__count() finds in CODE. Returns 0 or -ENOMEM; the items are freed with free().
 */
int linehits__compute(const struct attribution *attribution, const struct line_code *code,
		      const struct statement_hits_list *statements, struct line_hits_list *out);

#endif

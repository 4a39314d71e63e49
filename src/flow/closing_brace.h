/* SPDX-License-Identifier: GPL-2.0-or-later */
/* closing_brace: how often a function ended, on the line where its source does. For optimised code. Pure. */
#ifndef LPROF_CLOSING_BRACE_H
#define LPROF_CLOSING_BRACE_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/statements.h"

/*
 * Sets the hits of the closing brace in LIST and, where statements are marked, of other lines without a mark that have
 * a return. STATEMENTS are those of CODE. Returns 0 or -ENOMEM.
 */
int closing_brace__count(const struct attribution *attribution, const struct line_code *code,
			 const struct statement_hits_list *statements, struct line_hits_list *list);

#endif

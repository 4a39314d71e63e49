/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inlined_calls: how often a call that was inlined was made. Pure. */
#ifndef LPROF_INLINED_CALLS_H
#define LPROF_INLINED_CALLS_H

#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"

/*
 * How often the inlined call that CODE describes was made. ENTRY is the instruction where debug information says that
 * it begins, DECL_LINE the line that declares the function. Returns 0 and *calls, or -ENOMEM.
 */
int inlined_calls__count(const struct attribution *attribution, const struct line_code *code, uint32_t entry,
			 uint32_t decl_line, uint64_t *calls);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linehits: from executions of instructions to hits and time of source lines. Pure.
 */
#ifndef LPROF_LINEHITS_H
#define LPROF_LINEHITS_H

#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"

struct line_hits {
	uint32_t line;
	uint64_t hits;
	struct attribute_time time;
};

struct line_hits_list {
	struct line_hits *items; /* by line, each once; lines with code and no hit are here too */
	size_t n;
};

/* Which line an instruction belongs to. */
struct insn_line {
	uint32_t line; /* 0: none that counts (another function's, say) */
	uint32_t call; /* as in struct line_span: non-zero in code of a callee that was inlined on the line */
};

/*
 * LINES: one for each instruction of the body.
 * Returns 0 or -ENOMEM; the items are freed with free().
 */
int linehits__compute(const struct attribution *attribution, const struct insn_line *lines, struct line_hits_list *out);

#endif

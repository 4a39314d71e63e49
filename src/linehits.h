/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linehits: from executions of instructions to hits and time of source lines. Pure.
 */
#ifndef LPROF_LINEHITS_H
#define LPROF_LINEHITS_H

#include <stddef.h>
#include <stdint.h>

#include "attribute.h"

struct line_hits {
	uint32_t line;
	uint64_t hits;
	double time_ns; /* never negative */
};

struct line_hits_list {
	struct line_hits *items; /* by line, each once; lines with code and no hit are here too */
	size_t n;
};

/*
 * LINES: per instruction of the body, its line, or 0 when it does not count (another function's, say).
 * Returns 0 or -ENOMEM; the items are freed with free().
 */
int linehits__compute(const struct attribution *attribution, const uint32_t *lines, struct line_hits_list *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linehits: from executions of instructions to hits and time of source lines. Pure.
 */
#ifndef LPROF_LINEHITS_H
#define LPROF_LINEHITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"

struct line_hits {
	uint32_t line;
	uint64_t hits;
	bool inexact; /* the code does not tell how often the line was executed; `hits` is the best estimate */
	bool vector;  /* code of it that ran works on several values at once */
	struct attribute_time time;
};

struct line_hits_list {
	struct line_hits *items; /* by line, each once; lines with code and no hit are here too */
	size_t n;
};

/* Returns 0 or -ENOMEM; the items are freed with free(). */
int linehits__compute(const struct attribution *attribution, const struct line_code *code, struct line_hits_list *out);

/* The item of LINE, or NULL. */
struct line_hits *line_hits__find(struct line_hits_list *list, uint32_t line);

#endif

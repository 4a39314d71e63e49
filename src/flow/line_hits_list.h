/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_hits_list: hits and time of the source lines of a body. How they are found out: linehits. Pure. */
#ifndef LPROF_LINE_HITS_LIST_H
#define LPROF_LINE_HITS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"

struct line_hits {
	uint32_t line;
	uint64_t hits;
	bool inexact; /* the code does not tell how often the line was executed; `hits` is the best estimate */
	bool vector;  /* code of it that ran works on several values at once */
	bool several; /* code of it that ran is, or may be, that of several rounds of a loop */
	struct attribute_time time;
};

struct line_hits_list {
	struct line_hits *items; /* by line, each once; lines with code and no hit are here too */
	size_t n;
};

/* The order of a list, for qsort(3). */
int line_hits__compare(const void *x, const void *y);

/* The item of LINE, or NULL. */
struct line_hits *line_hits__find(struct line_hits_list *list, uint32_t line);

/* Says of LINE, if it is in the list, that its hits are inexact. */
void line_hits__doubt(struct line_hits_list *list, uint32_t line);

#endif

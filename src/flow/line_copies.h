/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_copies: how many executions of a line the code of one block holds, in optimised code. Pure. */
#ifndef LPROF_LINE_COPIES_H
#define LPROF_LINE_COPIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/line_code.h"
#include "flow/plan.h"

struct line_copies {
	uint32_t block, line;
	uint32_t copies; /* at least 1: the best guess */
	bool inexact;	 /* other numbers are possible */
	bool vector;	 /* some of the code works on several values at once */
	bool judged;	 /* the line computes or calls something there, which tells the copies */
};

struct line_copies_list {
	/* By block and line, each once. Where a pair is missing, the line's own code in the block tells nothing. */
	struct line_copies *items;
	size_t n;
};

/* Returns 0 or -ENOMEM; the items are freed with free(). */
int line_copies__find(const struct plan *plan, const struct line_code *code, struct line_copies_list *out);

/* The entry of BLOCK and LINE, or NULL. */
const struct line_copies *line_copies__get(const struct line_copies_list *list, uint32_t block, uint32_t line);

#endif

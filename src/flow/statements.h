/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statements: how often lines were executed, told by where their statements begin. For code of compilers that mark the
 * beginnings of statements in optimised code. Pure.
 */
#ifndef LPROF_STATEMENTS_H
#define LPROF_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"

struct statement_hits {
	uint32_t line;
	uint64_t hits;
	bool has_code; /* as in struct statement_mark */
	bool inexact;  /* it depends on where exactly a mark without code stood, or the counts of its code are unsure */
};

struct statement_hits_list {
	struct statement_hits *items; /* by line, each once */
	size_t n;
};

/*
 * The marks of CODE are sorted by instruction, and those before one instruction are in the order of the program.
 * Returns 0 or -ENOMEM; the items are freed with free().
 */
int statements__count(const struct attribution *attribution, const struct line_code *code,
		      struct statement_hits_list *out);

/* The hits of LINE in LIST, or NULL if no statement of the line begins anywhere. */
const struct statement_hits *statements__find(const struct statement_hits_list *list, uint32_t line);

#endif

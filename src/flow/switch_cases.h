/* SPDX-License-Identifier: GPL-2.0-or-later */
/* switch_cases: which statements of a function are of which case of a `switch`. Pure. */
#ifndef LPROF_SWITCH_CASES_H
#define LPROF_SWITCH_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/statement_columns.h"

#define SWITCH_CASES_NONE SIZE_MAX

struct switch_case {
	size_t first, end; /* its statements, END exclusive, those of cases within it included */
	size_t around;	   /* the case that it is within, or SWITCH_CASES_NONE */
	size_t of;	   /* the first case of its `switch` */
};

struct switch_cases {
	struct statement_columns statements; /* owned */
	struct switch_case *items;	     /* by their first statements; owned */
	size_t n;
	size_t *innermost; /* per statement: the smallest case that it is in, or SWITCH_CASES_NONE; owned */
};

/* Returns 0 or -ENOMEM. To be released in either case. */
int switch_cases__find(const struct cfg *cfg, const struct line_code *code, struct switch_cases *out);

void switch_cases__release(struct switch_cases *cases);

/*
 * The case of statement A that is of the same `switch` as another case, which has statement B, or SWITCH_CASES_NONE.
 */
size_t switch_cases__apart(const struct switch_cases *cases, size_t a, size_t b);

#endif

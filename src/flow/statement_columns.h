/* SPDX-License-Identifier: GPL-2.0-or-later */
/* statement_columns: where in their lines the statements begin that a compiler marked. Pure. */
#ifndef LPROF_STATEMENT_COLUMNS_H
#define LPROF_STATEMENT_COLUMNS_H

#include "flow/line_code.h"

/* A line with marks, whose statement begins at the smallest column of these. */
struct statement_column {
	uint32_t line, column;
};

struct statement_columns {
	struct statement_column *items; /* by line, each once; owned */
	size_t n;
};

/* Lists the lines of the function's own file. Returns 0 or -ENOMEM; the items are freed with free(). */
int statement_columns__list(const struct line_code *code, struct statement_columns *out);

/* The index of LINE in LIST, or list->n if it has none. */
size_t statement_columns__find(const struct statement_columns *list, uint32_t line);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_list: which lines of a function the live view shows, and in which order. Pure. */
#ifndef LPROF_TOP_LIST_H
#define LPROF_TOP_LIST_H

#include "profile/source.h"
#include "top/top_functions.h"

enum top_order { TOP_LINES_BY_NUMBER, TOP_LINES_BY_TIME, TOP_LINES_BY_HITS, TOP_ORDERS };

/* The sources of a function's files, borrowed. NULL: it cannot be read. */
struct top_sources {
	const struct source *own;     /* of the file that declares the function */
	struct source *const *others; /* of its other files, by their index */
	size_t n_others;
};

/* The source of the file with number FILE, as in struct profile_line, or NULL. */
const struct source *top_sources__of(const struct top_sources *sources, uint32_t file);

/*
 * Sets *places to the places of the N lines of FUNCTION that are shown. By number these are all lines from the
 * function's first to its last that are in the source, of each of its files, and with code also those beyond the end
 * of the source. Otherwise these are the lines that were hit, the hottest first. To be freed with free(), also after a
 * failure. Returns 0 or -ENOMEM.
 */
int top_list__make(const struct top_function *function, const struct top_sources *sources, enum top_order order,
		   uint64_t **places, size_t *n);

#endif

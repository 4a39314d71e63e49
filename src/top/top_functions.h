/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_functions: the functions that the live view shows, with their figures: since the start or the last reset, and
 * between the last two profiles. Pure.
 */
#ifndef LPROF_TOP_FUNCTIONS_H
#define LPROF_TOP_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

enum top_sort { TOP_BY_TIME, TOP_BY_LATEST_TIME, TOP_BY_CALLS, TOP_BY_HITS, TOP_BY_NAME, TOP_BY_FILE, TOP_SORTS };

struct top_figures {
	uint64_t calls, hits, time_ns;
	uint64_t calls_doubt, hits_doubt; /* see rough_count.h */
};

struct top_line {
	uint64_t place;		      /* profile_place() of its file and number */
	struct top_figures total;     /* since the start or the last reset */
	struct top_figures latest;    /* between the last two profiles */
	bool uncertain, hits_inexact; /* of the profile NOW, see struct profile_line */
};

struct top_function {
	const struct profile_function *of; /* names and place, borrowed from the profile NOW */
	struct top_figures total, latest;
	struct top_line *lines; /* sorted by place, as in struct profile_function */
	size_t n_lines;
};

/*
 * Sets *functions to those of the profile NOW, in its order; NOW must outlive them. BASE is subtracted from their
 * totals, and BEFORE is the profile since which their latest figures are counted; each may be NULL, for nothing. To be
 * freed with top_functions__free(). Returns 0 or -ENOMEM.
 */
int top_functions__make(const struct profile *now, const struct profile *base, const struct profile *before,
			struct top_function **functions);
void top_functions__free(struct top_function *functions, size_t n); /* NULL is allowed if N is 0 */
void top_functions__sort(struct top_function *functions, size_t n, enum top_sort sort);

/* Whether one of the N functions at another place has FUNCTION's name, which does not tell them apart then. */
bool top_functions__share_name(const struct top_function *functions, size_t n, const struct top_function *function);

/* Whether A and B, of two profiles of one run, are the same function of the same process or thread. */
bool top_functions__are_same(const struct profile_function *a, const struct profile_function *b);

/* The figures of the line of FUNCTION at PLACE; NULL when the line has no code. */
const struct top_line *top_function__line(const struct top_function *function, uint64_t place);

/*
 * Whether LINE of FUNCTION was or may have been hit since the start or the last reset or, if FUNCTION is uncounted or
 * estimated, was sampled. Only then its figures are shown.
 */
bool top_function__shows(const struct top_function *function, const struct top_line *line);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_view: what reports for people's eyes have in common, however they look: which functions in
 * which order, which of their lines, their source text, and what is said of them in words.
 */
#ifndef LPROF_REPORT_VIEW_H
#define LPROF_REPORT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile.h"
#include "report.h"
#include "source.h"

/* In the order of the source, or by time with the longest last or first; equal ones as in the source. */
enum report_view_order { REPORT_VIEW_BY_PLACE, REPORT_VIEW_LONGEST_LAST, REPORT_VIEW_LONGEST_FIRST };

/*
 * The functions to show (STYLE's skip_zero) in ORDER. Returns an array of *n, owned by the caller,
 * borrowing from PROFILE, or NULL when out of memory.
 */
const struct profile_function **report_view__choose(const struct profile *profile, const struct report_style *style,
						    enum report_view_order order, size_t *n);

/* The first line of the function's table: its own, or that of code before it; 0 when neither is known. */
uint32_t report_view__first_line(const struct profile_function *function);

/* The source file that was read last, which is mostly the next one wanted. Begins zeroed. */
struct report_view_source {
	struct source *source; /* NULL when it cannot be read */
	const struct profile_function *of;
};

/* FUNCTION's source, borrowed until the next call; NULL when it cannot be read. */
const struct source *report_view__source(struct report_view_source *view, const struct profile_function *function);
void report_view__close_source(struct report_view_source *view);

/*
 * A walk over the lines to show: every one from the function's first to its last where there is source
 * to show for it; otherwise the lines with code alone.
 */
struct report_view_rows {
	const struct profile_function *function;
	uint32_t n_source_lines;
	uint64_t next; /* line */
	size_t i;      /* of the function's lines, the first from NEXT on */
};

/* SOURCE may be NULL. */
struct report_view_rows report_view__rows(const struct profile_function *function, const struct source *source);
/* The next line; *measured is the function's own record of it, or NULL where there is no code. False at the end. */
bool report_view__next_row(struct report_view_rows *rows, uint32_t *line, const struct profile_line **measured);

/* Whole sentences without an end. Begins zeroed. */
struct report_view_sentences {
	char text[4][192];
	size_t n;
};

/* Adds what a table of FUNCTION in units of UNIT seconds cannot show by its own rules. SOURCE may be NULL. */
void report_view__say(const struct profile_function *function, const struct source *source, double unit,
		      struct report_view_sentences *sentences);
/* Adds how much of the time the function was off the processor, and how much it was so besides. */
void report_view__say_off_time(const struct profile_function *function, struct report_view_sentences *sentences);

#endif

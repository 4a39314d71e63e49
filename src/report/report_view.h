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

#include "profile/profile.h"
#include "report/report.h"

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

/*
 * A walk over the lines to show: those with code, and those between the function's first and its last whose text the
 * profile holds.
 */
struct report_view_rows {
	const struct profile_function *function;
	size_t i, k; /* the next ones of its lines with code, and of those without */
};

struct report_view_row {
	uint32_t line;
	const struct profile_line *measured; /* NULL where there is no code */
	const char *text;		     /* what the line says, fit to print; NULL: unknown */
};

struct report_view_rows report_view__rows(const struct profile_function *function);
bool report_view__next_row(struct report_view_rows *rows, struct report_view_row *row); /* false at the end */

/* Why the text of none of the function's lines is known: what to say before the file's name and after it. */
struct report_view_missing {
	const char *before, *after; /* NULL: some text is known */
};

struct report_view_missing report_view__missing(const struct profile_function *function);

/* What to say then. */
#define REPORT_VIEW_WITHOUT_TEXT                                                                                       \
	"lines are printed without their contents; --source-dir [OLD=]NEW names a directory where the sources are"

/* Whole sentences without an end. Begins zeroed. */
struct report_view_sentences {
	char text[4][192];
	size_t n;
};

/* Adds what a table of FUNCTION in units of UNIT seconds cannot show by its own rules. */
void report_view__say(const struct profile_function *function, double unit, struct report_view_sentences *sentences);
/* Adds how much of the time the function was off the processor, and how much it was so besides. */
void report_view__say_off_time(const struct profile_function *function, struct report_view_sentences *sentences);

#endif

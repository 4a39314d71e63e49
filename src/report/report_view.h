/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report_view: shared by the reports that people read (text and HTML): which functions they show in which order, which
 * lines of them with which source text, and sentences about them.
 */
#ifndef LPROF_REPORT_VIEW_H
#define LPROF_REPORT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "report/report.h"

/*
 * The order of functions: by their place in the source, or by time with the longest last or first. Functions with
 * equal times are ordered by place.
 */
enum report_view_order { REPORT_VIEW_BY_PLACE, REPORT_VIEW_LONGEST_LAST, REPORT_VIEW_LONGEST_FIRST };

/*
 * Returns the functions to show in ORDER, without those that STYLE's skip_zero omits. The array of *n pointers is
 * owned by the caller and borrows from PROFILE. NULL when out of memory.
 */
const struct profile_function **report_view__choose(const struct profile *profile, const struct report_style *style,
						    enum report_view_order order, size_t *n);

/*
 * The first line of the function's table: its declared line, or the first line with code if that is before it; 0 when
 * neither is known.
 */
uint32_t report_view__first_line(const struct profile_function *function);

/*
 * An iterator over the lines to show, first those of the function's own file, then those of each other one: all lines
 * with code, and the lines between the first and last one in the file whose text the profile holds.
 */
struct report_view_rows {
	const struct profile_function *function;
	size_t i, k; /* indices of the next line with code, and of the next one without */
};

struct report_view_row {
	uint32_t line;
	uint32_t file;			     /* as in struct profile_line */
	const struct profile_line *measured; /* NULL: the line has no code */
	const char *text;		     /* its source text, safe to print; NULL: unknown */
};

struct report_view_rows report_view__rows(const struct profile_function *function);
bool report_view__next_row(struct report_view_rows *rows, struct report_view_row *row); /* false at the end */

/* Why no source text of a file of the function is known, as a sentence: BEFORE, the name of the file, AFTER. */
struct report_view_missing {
	const char *before, *after; /* both NULL: some text is known */
};

/* FILE as in struct profile_line. */
struct report_view_missing report_view__missing(const struct profile_function *function, uint32_t file);

/* The sentence that follows it: what the missing text means for the report, and what the user can do. */
#define REPORT_VIEW_WITHOUT_TEXT                                                                                       \
	"lines are printed without their contents; --source-dir [OLD=]NEW names a directory where the sources are"

/*
 * Formats the hits of LINE for a table as a whole number or, if that is wider than WIDTH, with six significant digits.
 * Inexact hits begin with "~". Estimated hits are rounded whole numbers, however wide; where none was seen, "<" and a
 * number that they are below, or with AS_NUMBER a 0.
 */
void report_view__format_hits(const struct profile_line *line, int width, bool as_number, char *cell, size_t size);

/* The mark of estimates: that of STYLE or, in what programs may read, "*". */
const char *report_view__mark(const struct report_style *style);

/* A list of sentences without full stops. Must be zeroed at first. */
struct report_view_sentences {
	char text[9][224];
	size_t n;
};

/*
 * Adds what the table of FUNCTION, in STYLE, leaves out by its own rules: the hits, if it is uncounted, or the time of
 * lines without a hit; and the meaning of the marks on hits, if a line has them.
 */
void report_view__say(const struct profile_function *function, const struct report_style *style,
		      struct report_view_sentences *sentences);
/*
 * Adds how long the function was off the processor: the part that is included in its time, and the part that is not.
 */
void report_view__say_off_time(const struct profile_function *function, struct report_view_sentences *sentences);

/*
 * Adds of how many samples the table of functions has nothing, or not all, and why; unless that is within what its
 * figures are uncertain by. Samples of probes are not mentioned: the program's time is complete without them.
 */
void report_view__say_flaws(const struct stacks *stacks, struct report_view_sentences *sentences);

#endif

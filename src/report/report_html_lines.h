/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_html_lines: writes the table of a function's lines in the HTML report. */
#ifndef LPROF_REPORT_HTML_LINES_H
#define LPROF_REPORT_HTML_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/profile.h"
#include "report/report_html_stacks.h"

/*
 * Writes the lines of FUNCTION as a table, or as several tables if there are thousands of lines. Times are in units of
 * UNIT seconds. Each other file of the function has tables of its own. A row with code has an HTML id, and shows the
 * functions that the line calls if STACKS has samples of it.
 */
void report_html_lines__put(FILE *out, const struct profile_function *function, size_t number, double unit,
			    const struct report_html_stacks *stacks);

/* Writes the HTML id of LINE: "fNUMBERlLINE", in another file "fNUMBERoFILElLINE". */
void report_html_lines__put_id(FILE *out, size_t number, const struct profile_line *line);

/* How many rows that are. */
uint32_t report_html_lines__n_rows(const struct profile_function *function);

/* The line with the most time (of those the most hits), or NULL when there is neither. */
const struct profile_line *report_html_lines__hottest(const struct profile_function *function);

#endif

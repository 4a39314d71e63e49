/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report_html_lines: writes the table of a function's lines in the HTML report. */
#ifndef LPROF_REPORT_HTML_LINES_H
#define LPROF_REPORT_HTML_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/profile.h"

/*
 * Writes the lines of FUNCTION as a table, or as several tables if there are thousands of lines. Times are in units of
 * UNIT seconds. A row with code has the HTML id "fNUMBERlLINE".
 */
void report_html__put_lines(FILE *out, const struct profile_function *function, size_t number, double unit);

/* The number of rows that report_html__put_lines() writes. */
uint32_t report_html__n_rows(const struct profile_function *function);

/*
 * The line that was hit and has the most time; of lines with the same time, the one with the most hits. NULL when no
 * line was hit.
 */
const struct profile_line *report_html__hottest(const struct profile_function *function);

#endif

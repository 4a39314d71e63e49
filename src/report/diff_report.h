/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diff_report: a comparison of two profiles written out. One diff_*.c a format.
 */
#ifndef LPROF_DIFF_REPORT_H
#define LPROF_DIFF_REPORT_H

#include <stdio.h>

#include "profile/profile_diff.h"
#include "report/report.h"

struct diff_format {
	const char *name; /* as --format takes it, and as struct report_format has it */
	/* Writes DIFF to OUT. Returns 0 or -errno (-EIO when OUT has an error). */
	int (*write)(const struct profile_diff *diff, const struct report_style *style, FILE *out);
};

extern const struct diff_format diff_text;
extern const struct diff_format diff_json;

#endif

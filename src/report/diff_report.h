/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diff_report: writes a comparison of two profiles. Each format has its own diff_*.c. */
#ifndef LPROF_DIFF_REPORT_H
#define LPROF_DIFF_REPORT_H

#include <stdio.h>

#include "profile/profile_diff.h"
#include "report/report.h"

struct diff_format {
	const char *name; /* its name on the command line (--format), as in struct report_format */
	/* Writes DIFF to OUT. Returns 0 or -errno (-EIO when OUT has an error). */
	int (*write)(const struct profile_diff *diff, const struct report_style *style, FILE *out);
};

extern const struct diff_format diff_text;
extern const struct diff_format diff_json;

#endif

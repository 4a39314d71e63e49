/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: writes a profile. Each format has its own report_*.c; a table lists them. */
#ifndef LPROF_REPORT_H
#define LPROF_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "profile/profile.h"

struct report_style {
	double unit;	/* unit of the columns Time and Per Hit, in seconds: 1e-6 */
	bool skip_zero; /* leave out functions without a hit */
	bool sort;	/* order the functions by time, the longest last */
	bool summarize; /* add a summary at the end, one line for each function */
	bool details;	/* write the tables; false: only the summary */
	bool color;
	/* Behind a number that is an estimate. NULL: the report is for no terminal, and may be read by programs. */
	const char *estimate_mark;
	int columns; /* of the terminal that the report is for; 0: it is for none, and lines may have any length */
};

struct report_format {
	const char *name;   /* its name on the command line (--format): "text" */
	const char *suffix; /* chosen when the name given with -o ends in this: ".txt" */
	bool binary;	    /* must not be written to a terminal */
	/* Writes PROFILE to OUT. Returns 0 or -errno (-EIO when OUT has an error). */
	int (*write)(const struct profile *profile, const struct report_style *style, FILE *out);
};

extern const struct report_format report_text;
extern const struct report_format report_json;
extern const struct report_format report_html;
extern const struct report_format report_csv;
extern const struct report_format report_callgrind;
extern const struct report_format report_lcov;
extern const struct report_format report_folded;
extern const struct report_format report_pprof;

/* The format called NAME, or NULL. */
const struct report_format *report__by_name(const char *name);
/* The format whose suffix PATH has, or NULL. */
const struct report_format *report__by_suffix(const char *path);
/* The formats' names, separated by ", ", for messages; static. */
const char *report__names(void);

#endif

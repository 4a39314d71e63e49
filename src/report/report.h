/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report: a profile written out. One report_*.c a format, behind one table.
 */
#ifndef LPROF_REPORT_H
#define LPROF_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "profile/profile.h"

struct report_style {
	double unit;	/* seconds per unit of Time and Per Hit: 1e-6 */
	bool skip_zero; /* leave out functions without a hit */
	bool sort;	/* functions by ascending time, the longest last */
	bool summarize; /* one line a function at the end */
	bool details;	/* the tables; false when only the summary is wanted */
	bool color;
};

struct report_format {
	const char *name;   /* "text", as --format takes it */
	const char *suffix; /* ".txt": what -o FILE's name ends in to choose it */
	bool binary;	    /* not for a terminal */
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output: writes reports to where they go: standard output or a file.
 */
#ifndef LPROF_OUTPUT_H
#define LPROF_OUTPUT_H

#include "base/diag.h"
#include "profile/profile.h"
#include "report/report.h"

struct output;

/*
 * Opens PATH for writing, by the rules of output_file.h; the file keeps its contents until a report is written. NULL:
 * standard output. PATH is borrowed until the output is closed. Returns 0 and an output owned by the caller, or -errno
 * that was reported to DIAG (except -ENOMEM).
 */
int output__open(const char *path, const struct diag *diag, struct output **out);

/* The descriptor that reports are written to. */
int output__fd(const struct output *output);

/* From now on, if reports go to a terminal, one that is longer than the screen is shown by a pager. */
void output__use_pager(struct output *output);

/*
 * Writes a report. Standard output gets one after the other; a file holds only the last one. 0 or -errno that was
 * reported to DIAG: then no part of the report was written, as far as that is in our hands (output_file.h).
 */
int output__write(struct output *output, const struct report_format *format, const struct report_style *style,
		  const struct profile *profile, const struct diag *diag);

/* As output__write(), but the function WRITE, which returns 0 or -errno, writes WHAT. */
int output__write_by(struct output *output, int (*write)(const void *what, const struct report_style *style, FILE *out),
		     const void *what, const struct report_style *style, const struct diag *diag);

/* Removes a file that was made and got no report. NULL is allowed. */
void output__close(struct output *output);

#endif

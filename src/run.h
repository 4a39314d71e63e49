/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one profiling run, from the command line's wishes to the report.
 */
#ifndef LPROF_RUN_H
#define LPROF_RUN_H

#include "diag.h"
#include "options.h"
#include "target.h"

/* Returns the exit status: COMMAND's, or 0, or 1 after DIAG has said what failed. */
int run__profile(const struct options *options, const struct diag *diag);

struct profiler;

/* Finds and plans what the options select; nothing is attached. 0 and a profiler, or -errno that was said in DIAG. */
int run__prepare(const struct options *options, const struct diag *diag, struct profiler **out);

/* The objects to look for functions in, by -p, -x and COMMAND. 0 or -errno that was said in DIAG. */
int run__find_objects(const struct options *options, const struct diag *diag, struct target_objects *objects);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one profiling run, from the command line's wishes to the report.
 */
#ifndef LPROF_RUN_H
#define LPROF_RUN_H

#include "base/diag.h"
#include "options/options.h"

/* Returns the exit status: COMMAND's, or 0, or 1 after DIAG has said what failed. */
int run__profile(const struct options *options, const struct diag *diag);

#endif

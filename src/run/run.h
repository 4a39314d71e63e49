/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one profiling run, from the command line's options to the report.
 */
#ifndef LPROF_RUN_H
#define LPROF_RUN_H

#include "base/diag.h"
#include "options/options.h"

/* Returns the exit status: COMMAND's; or 0; or 1 when something failed, which was reported to DIAG. */
int run__profile(const struct options *options, const struct diag *diag);

#endif

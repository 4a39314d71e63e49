/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list: the `list` verb: which functions can be profiled, or what is planned for the selected ones.
 */
#ifndef LPROF_LIST_H
#define LPROF_LIST_H

#include "base/diag.h"
#include "options/options.h"

/* Returns the exit status. */
int list__run(const struct options *options, const struct diag *diag);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_selection: which functions the profiler wants, of those that a program comes across. */
#ifndef LPROF_SHIM_SELECTION_H
#define LPROF_SHIM_SELECTION_H

#include <stdbool.h>

#include "shim/shim_counts.h"

struct shim_selection;

/* Takes over what RUN says. Owned by the caller; NULL when out of memory. */
struct shim_selection *shim_selection__new(const struct lprof_shim_run *run);
void shim_selection__free(struct shim_selection *selection); /* NULL is allowed */

/*
 * Whether the function may be wanted, by its names and its file. Whether it is, by its lines as well.
 */
bool shim_selection__may_want(const struct shim_selection *selection, const struct shim_identity *identity);
bool shim_selection__wants(const struct shim_selection *selection, const struct shim_identity *identity);

#endif

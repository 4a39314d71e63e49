/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_run: one time of counting in a Python program, from its beginning to its end; others may follow. Whoever calls
 * holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_RUN_H
#define LPROF_SHIM_RUN_H

#include <stdbool.h>

#include "shim/lprof_shim.h"

/*
 * Maps the memory FD, which may be closed then, and takes a table. Needs no interpreter. 0 or -errno.
 */
int shim_run__open(int fd);

/* The table; NULL: there is none. */
struct lprof_shim_table *shim_run__table(void);

/* Begins to count; with RUNNING, in a program that is in the middle of its work. What becomes of it is in the table. */
void shim_run__begin(bool running);

/* Whether it counts for a profiler that is alive. */
bool shim_run__is_counting(void);

/* Ends counting and lets go of all that it needed. */
void shim_run__end(void);

#endif

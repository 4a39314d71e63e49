/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_table: reads a copy of a table that a Python program has filled (shim/lprof_shim.h). The program may have
 * written anything, so all is checked. Pure.
 */
#ifndef LPROF_MONITORING_TABLE_H
#define LPROF_MONITORING_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/lprof_shim.h"

struct monitoring_function {
	const struct lprof_shim_function *record; /* whose lines are within the table and ascend */
	const char *name, *qualname, *file;	  /* each ends with a NUL */
	const struct lprof_shim_windows *windows; /* as many lines; NULL: it was counted all the time */
	size_t at;				  /* where the record begins in the table */
};

/* All are borrowed from the bytes. */
struct monitoring_table {
	const struct lprof_shim_table *head;
	struct monitoring_function *functions;
	size_t n_functions, functions_room;
	const struct lprof_shim_thread **threads; /* those that are in use; their frames are within the table */
	size_t n_threads, threads_room;
	size_t *by_id; /* index of the function with this ID, plus one; 0: there is none */
	size_t n_ids;
	bool damaged; /* some of it makes no sense, and was left out with all that follows */
};

/* Reads the SIZE BYTES, which are aligned as if from malloc(). 0 or -ENOMEM; in any case it must be released. */
int monitoring_table__read(const void *bytes, size_t size, struct monitoring_table *out);
void monitoring_table__release(struct monitoring_table *table);

/*
 * The function of a frame, whose line is one of it, or NULL when the frame makes no sense or none is timed.
 */
const struct monitoring_function *monitoring_table__timed(const struct monitoring_table *table,
							  const struct lprof_shim_frame *frame);

#endif

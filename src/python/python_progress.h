/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_progress: watches, without any probe, how fast `for` loops of Python functions go on. See python_windows.h.
 */
#ifndef LPROF_PYTHON_PROGRESS_H
#define LPROF_PYTHON_PROGRESS_H

#include <stddef.h>
#include <sys/types.h>

#include "cpython/python_code.h"
#include "cpython/python_interpreter.h"
#include "python/python_windows.h"

struct python_progress;

struct python_progress_config {
	struct python_interpreter *const *interpreters;
	size_t n_interpreters;
	const pid_t *pids;
	size_t n_pids;
	const struct python_codes *codes;	/* the loops of those that are known and wanted are watched */
	const volatile struct lprof_gate *gate; /* it has the targets' time on a processor */
	struct python_windows *windows;		/* which is told of them */
};

/* What CONFIG names is borrowed. Owned by the caller; NULL when out of memory. */
struct python_progress *python_progress__new(const struct python_progress_config *config);
void python_progress__free(struct python_progress *progress); /* NULL is allowed */

/* Watches for about a millisecond. To be called when no probe is in. 0 or -ENOMEM. */
int python_progress__watch(struct python_progress *progress);

#endif

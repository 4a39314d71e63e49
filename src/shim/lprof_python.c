// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The beginning of counting in a Python program that is started with it. The interpreter tells audit hooks when it
 * is about to run a program: then all is initialised, and nothing of the program has been executed.
 */
#include "shim/shim_start.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "shim/shim_events.h"
#include "shim/shim_run.h"

/* Not of the stable ABI, but in all versions from 3.8 on. */
extern int PySys_AddAuditHook(int (*hook)(const char *event, PyObject *arguments, void *data), void *data);

static bool begun;

static int hear(const char *event, PyObject *arguments, void *data)
{
	static const char prefix[] = "cpython.run_";

	(void)arguments;
	(void)data;
	if (begun || strncmp(event, prefix, strlen(prefix)) != 0)
		return 0;
	begun = true;
	shim_run__begin(false);
	return 0;
}

__attribute__((visibility("default"))) int lprof_shim_start(int fd)
{
	int err = shim_run__open(fd);

	if (!err && PySys_AddAuditHook(hear, NULL)) {
		shim_run__table()->state = LPROF_SHIM_FAILED;
		err = -ENOMEM;
	}
	return err;
}

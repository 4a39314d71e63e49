/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_door: the door that CPython has for debuggers from 3.14 on (PEP 768): a running program can be asked to
 * execute a script. It does so in the next thread that executes Python code.
 */
#ifndef LPROF_MONITORING_DOOR_H
#define LPROF_MONITORING_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "cpython/python_interpreter.h"

#define MONITORING_DOOR_PATH 96 /* room for the path of a script, with the NUL */

/* Where a process has what is needed. Thread states are a list. */
struct monitoring_door {
	pid_t pid;
	uint64_t interpreter; /* the address of the state of the main interpreter */
	uint64_t threads;     /* where that has its first thread, and a thread the next one, as all of these: offsets */
	uint64_t next;
	uint64_t breaker; /* the word that is looked at between instructions */
	uint64_t pending, path, path_size;
};

/*
 * Finds the door of process PID, which runs INTERPRETER. 0, or -errno with the reason in REASON, as the end of a
 * sentence that begins with "cannot be made to count lines": there is no door, it is locked, or the process may not be
 * looked at. -EAGAIN: a process that has just been started may have an open door in a moment.
 */
int monitoring_door__find(const struct python_interpreter *interpreter, pid_t pid, struct monitoring_door *door,
			  const char **reason);

/*
 * Asks for SCRIPT, a path as the process sees it, to be executed once. All threads are stopped for less than a
 * millisecond. Returns how many threads were asked, or -errno as of stopped_threads__stop().
 */
int monitoring_door__knock(const struct monitoring_door *door, const char *script);

/* Whether there are threads that were not asked for SCRIPT. They are not stopped, so some may be missed. */
bool monitoring_door__has_others(const struct monitoring_door *door, const char *script);

/*
 * Takes that back. Returns how many threads had not begun to execute it, or -errno; 0 as well when it was done.
 */
int monitoring_door__withdraw(const struct monitoring_door *door, const char *script);

#endif

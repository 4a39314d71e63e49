/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_events: the callbacks of sys.monitoring. There is one set of them in a process, since Python's callbacks of
 * events have no data of their own. Whoever calls holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_EVENTS_H
#define LPROF_SHIM_EVENTS_H

#include <stdbool.h>

#include "shim/shim_code.h"
#include "shim/shim_counts.h"
#include "shim/shim_monitoring.h"
#include "shim/shim_selection.h"

/*
 * The callbacks, by enum shim_event; and within a budget those of a tool of its own that tells which functions are
 * called: a tool that has events of all code gets none back that it has given up.
 */
extern PyMethodDef shim_events__methods[SHIM_EVENTS], shim_events__finders[SHIM_EVENTS];

/* What is counted from now on, by what; all are borrowed until the process ends. */
struct shim_events {
	const struct shim_monitoring *monitoring; /* has the events of all code, */
	const struct shim_monitoring *local;	  /* and this one, perhaps the same, those of single code objects */
	const struct shim_selection *selection;	  /* NULL: all functions */
	struct shim_counts *counts;
	uint64_t costs[LPROF_SHIM_COSTS]; /* as in lprof_shim_table */
};

/* Begins to count into what EVENTS names, or goes on with other counts; nothing is set yet in the interpreter. */
void shim_events__begin(const struct shim_events *events);

/*
 * Has END called when counting has ended because the run has, or the profiler is gone; then it is safe to call
 * shim_events__end().
 */
void shim_events__at_end(int (*end)(void *data));

/* Whether counting has ended by itself. */
bool shim_events__is_over(void);

/*
 * Ends counting, if it has not ended, and forgets what it needed: no event is set any more, and what was counted into
 * is used no more.
 */
void shim_events__end(void);

/* Forgets the code objects, of which no event may be set any more, and this thread. */
void shim_events__forget(void);

/* Has the code object CODE counted, which begins at the byte START, as for shim_codes__add(). 0 or -1. */
int shim_events__add(PyObject *code, long start);

/* For calibration: of CODE, which was added, only LINE is counted, as in windows in which some lines are. 0 or -1. */
int shim_events__count_one(PyObject *code, long line);

/* The same for all code that is being executed. */
void shim_events__add_running(void);

#endif

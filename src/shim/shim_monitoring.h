/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_monitoring: Python's sys.monitoring. Whoever calls holds the interpreter's lock. No function leaves an
 * exception.
 */
#ifndef LPROF_SHIM_MONITORING_H
#define LPROF_SHIM_MONITORING_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>

enum shim_event {
	SHIM_START,
	SHIM_RESUME,
	SHIM_RETURN,
	SHIM_YIELD,
	SHIM_LINE,
	SHIM_JUMP,
	SHIM_THROW,
	SHIM_UNWIND,
	SHIM_EVENTS,
};

struct shim_monitoring {
	PyObject *module;
	PyObject *disable; /* what a callback returns to have no more events of this place */
	long tool;
	long bits[SHIM_EVENTS];
	bool exceptions_are_local;		 /* THROW and UNWIND can be set on one code object alone */
	PyObject *set_events, *set_local_events; /* functions */
	PyObject *tool_object;
};

/*
 * Takes a tool's number that is free. Returns 0; -ENOTSUP: there is no sys.monitoring; -EBUSY: the numbers are in use,
 * and TAKEN says by whom; -EIO: something else failed.
 */
int shim_monitoring__open(struct shim_monitoring *monitoring, char *taken, size_t size);

/*
 * Gives the tool's number back. There must be no events of code objects any more. Only DISABLE may be used from then
 * on.
 */
void shim_monitoring__close(struct shim_monitoring *monitoring);

/* Has METHODS, one for each event, called. 0 or -EIO. */
int shim_monitoring__register(const struct shim_monitoring *monitoring, PyMethodDef *methods);

/* The bits of a code object that is counted; and of all code, some of which is RUNNING already, or none. */
long shim_monitoring__local(const struct shim_monitoring *monitoring);
long shim_monitoring__global(const struct shim_monitoring *monitoring, bool running);

/* The events of all code, and of the code object CODE alone, as sums of bits. 0, or -EIO: then CODE has none. */
int shim_monitoring__set(const struct shim_monitoring *monitoring, long events);
int shim_monitoring__set_local(const struct shim_monitoring *monitoring, PyObject *code, long events);

#endif

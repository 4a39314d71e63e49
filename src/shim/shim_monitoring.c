// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_monitoring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TOOL_NAME "lprof-bpf"

static const char *const names[SHIM_EVENTS] = {
	[SHIM_START] = "PY_START", [SHIM_RESUME] = "PY_RESUME", [SHIM_RETURN] = "PY_RETURN",
	[SHIM_YIELD] = "PY_YIELD", [SHIM_LINE] = "LINE",	[SHIM_JUMP] = "JUMP",
	[SHIM_THROW] = "PY_THROW", [SHIM_UNWIND] = "PY_UNWIND",
};

/* The others have a meaning: debuggers, coverage, profilers, optimizers; and two are Python's own. */
static const long tools[] = {3, 4};

/* 0, or -EIO when RESULT, which is consumed, is NULL. */
static int done(PyObject *result)
{
	if (result) {
		Py_DecRef(result);
		return 0;
	}
	PyErr_Clear();
	return -EIO;
}

/* Appends who has the tool's number, whose name is TEXT. */
static void note_taken(PyObject *text, char *taken, size_t size)
{
	size_t used = strlen(taken);
	PyObject *bytes = PyUnicode_AsEncodedString(text, "ascii", "replace");

	if (bytes)
		snprintf(taken + used, size - used, "%s%s", used ? " and " : "", PyBytes_AsString(bytes));
	else
		PyErr_Clear();
	Py_DecRef(bytes);
}

/* 0: the number is ours now, 1: it is in use, or -EIO. */
static int take_tool(const struct shim_monitoring *monitoring, long tool, char *taken, size_t size)
{
	PyObject *owner = PyObject_CallMethod(monitoring->module, "get_tool", "l", tool);
	int busy;

	if (!owner)
		return done(owner);
	busy = owner != Py_None;
	if (busy)
		note_taken(owner, taken, size);
	Py_DecRef(owner);
	return busy ? 1 : done(PyObject_CallMethod(monitoring->module, "use_tool_id", "ls", tool, TOOL_NAME));
}

static int find_tool(struct shim_monitoring *monitoring, char *taken, size_t size)
{
	int err = 1;

	*taken = '\0';
	for (size_t i = 0; err == 1 && i < sizeof(tools) / sizeof(*tools); i++) {
		monitoring->tool = tools[i];
		err = take_tool(monitoring, tools[i], taken, size);
	}
	return err == 1 ? -EBUSY : err;
}

static int find_bits(struct shim_monitoring *monitoring)
{
	PyObject *events = PyObject_GetAttrString(monitoring->module, "events");

	for (int i = 0; events && i < SHIM_EVENTS && !PyErr_Occurred(); i++) {
		PyObject *bit = PyObject_GetAttrString(events, names[i]);

		monitoring->bits[i] = bit ? PyLong_AsLong(bit) : -1;
		Py_DecRef(bit);
	}
	Py_DecRef(events);
	if (!events || PyErr_Occurred()) {
		PyErr_Clear();
		return -EIO;
	}
	return 0;
}

/* Only to set them tells whether these events can be: from 3.15 on. 0, or -EIO. */
static int find_exceptions(struct shim_monitoring *monitoring)
{
	PyObject *code = Py_CompileString("pass", "<" TOOL_NAME ">", Py_file_input);
	int err = code ? 0 : done(NULL);

	monitoring->exceptions_are_local =
		code && !shim_monitoring__set_local(monitoring, code,
						    monitoring->bits[SHIM_THROW] | monitoring->bits[SHIM_UNWIND]);
	if (monitoring->exceptions_are_local)
		err = shim_monitoring__set_local(monitoring, code, 0);
	Py_DecRef(code);
	return err;
}

int shim_monitoring__open(struct shim_monitoring *monitoring, char *taken, size_t size)
{
	PyObject *module = PySys_GetObject("monitoring");
	int err;

	if (!module)
		return -ENOTSUP;
	*monitoring = (struct shim_monitoring){.module = module};
	Py_IncRef(module);
	monitoring->disable = PyObject_GetAttrString(module, "DISABLE");
	if (monitoring->disable)
		monitoring->set_events = PyObject_GetAttrString(module, "set_events");
	if (monitoring->set_events)
		monitoring->set_local_events = PyObject_GetAttrString(module, "set_local_events");
	if (!monitoring->set_local_events) {
		PyErr_Clear();
		return -EIO;
	}
	err = find_bits(monitoring);
	if (!err)
		err = find_tool(monitoring, taken, size);
	if (err)
		return err;
	monitoring->tool_object = PyLong_FromLong(monitoring->tool);
	return monitoring->tool_object ? find_exceptions(monitoring) : done(NULL);
}

int shim_monitoring__register(const struct shim_monitoring *monitoring, PyMethodDef *methods)
{
	int err = 0;

	for (int i = 0; !err && i < SHIM_EVENTS; i++) {
		PyObject *function = PyCFunction_New(&methods[i], NULL);

		err = function ? done(PyObject_CallMethod(monitoring->module, "register_callback", "llO",
							  monitoring->tool, monitoring->bits[i], function))
			       : done(NULL);
		Py_DecRef(function);
	}
	return err;
}

void shim_monitoring__close(struct shim_monitoring *monitoring)
{
	if (!monitoring->tool_object)
		return;
	(void)shim_monitoring__set(monitoring, 0);
	/* Before 3.14, callbacks outlive the tool, and the next one with this number would share them. */
	for (int i = 0; i < SHIM_EVENTS; i++)
		(void)done(PyObject_CallMethod(monitoring->module, "register_callback", "llO", monitoring->tool,
					       monitoring->bits[i], Py_None));
	(void)done(PyObject_CallMethod(monitoring->module, "free_tool_id", "l", monitoring->tool));
	Py_DecRef(monitoring->tool_object);
	Py_DecRef(monitoring->set_events);
	Py_DecRef(monitoring->set_local_events);
	Py_DecRef(monitoring->module);
	*monitoring = (struct shim_monitoring){.disable = monitoring->disable};
}

long shim_monitoring__local(const struct shim_monitoring *monitoring)
{
	const long *bits = monitoring->bits;
	long exceptions = monitoring->exceptions_are_local ? bits[SHIM_THROW] | bits[SHIM_UNWIND] : 0;

	return bits[SHIM_START] | bits[SHIM_RESUME] | bits[SHIM_RETURN] | bits[SHIM_YIELD] | bits[SHIM_LINE] |
	       bits[SHIM_JUMP] | exceptions;
}

long shim_monitoring__global(const struct shim_monitoring *monitoring, bool running)
{
	const long *bits = monitoring->bits;
	long exceptions = monitoring->exceptions_are_local ? 0 : bits[SHIM_THROW] | bits[SHIM_UNWIND];

	return bits[SHIM_START] | exceptions | (running ? bits[SHIM_RESUME] : 0);
}

int shim_monitoring__set(const struct shim_monitoring *monitoring, long events)
{
	return done(PyObject_CallFunction(monitoring->set_events, "Ol", monitoring->tool_object, events));
}

static int set_local(const struct shim_monitoring *monitoring, PyObject *code, long events)
{
	return done(PyObject_CallFunction(monitoring->set_local_events, "OOl", monitoring->tool_object, code, events));
}

/*
 * Where memory is short, the interpreter may have noted the events, but not have prepared the code for them. The next
 * event in this code would then make it fail. To take the events away again needs no memory.
 */
int shim_monitoring__set_local(const struct shim_monitoring *monitoring, PyObject *code, long events)
{
	int err = set_local(monitoring, code, events);

	if (err && events)
		(void)set_local(monitoring, code, 0);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The beginning of counting in a Python program: shim_events.c has the rest. The interpreter tells audit hooks when it
 * is about to run a program: then all is initialised, and nothing of the program has been executed.
 */
#include "shim/shim_start.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim/shim_calibrate.h"
#include "shim/shim_events.h"

/* Not of the stable ABI, but in all versions from 3.8 on. */
extern int PySys_AddAuditHook(int (*hook)(const char *event, PyObject *arguments, void *data), void *data);

static struct {
	struct shim_counts counts;
	struct shim_monitoring monitoring;
	bool begun;
} start;

static const struct {
	int err;
	enum lprof_shim_state state;
} states[] = {
	{0, LPROF_SHIM_COUNTING},
	{-ENOTSUP, LPROF_SHIM_NO_MONITORING},
	{-EBUSY, LPROF_SHIM_NO_TOOL},
	{-EPROTOTYPE, LPROF_SHIM_FREE_THREADED},
};

static enum lprof_shim_state state_of(int err)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (states[i].err == err)
			return states[i].state;
	return LPROF_SHIM_FAILED;
}

/* Begins to count. 0 or -errno; no exception is left. */
static int begin(void)
{
	struct shim_events events = {.monitoring = &start.monitoring, .counts = &start.counts};
	struct lprof_shim_table *table = start.counts.memory.table;
	int err;

	/* Objects of such a build are laid out otherwise, so nothing may be done with any before this is known. */
	if (strstr(table->version, "free-threading"))
		return -EPROTOTYPE;
	err = shim_monitoring__open(&start.monitoring, table->taken, sizeof(table->taken));
	if (!err)
		err = shim_monitoring__register(&start.monitoring, shim_events__methods);
	if (err)
		return err;
	shim_calibrate__measure(&start.monitoring, &start.counts, table->costs);
	memcpy(events.costs, table->costs, sizeof(events.costs));
	events.selection = shim_selection__new(start.counts.memory.run);
	if (!events.selection)
		return -ENOMEM;
	shim_events__begin(&events);
	return shim_monitoring__set(&start.monitoring, shim_events__global(&start.monitoring));
}

/* Whether the first of ARGUMENTS is a path that ends in "python" and perhaps a version. No exception is left. */
static bool names_python(PyObject *arguments)
{
	PyObject *path = PyTuple_GetItem(arguments, 0);
	PyObject *bytes = path ? PyUnicode_AsEncodedString(path, "utf-8", "surrogateescape") : NULL;
	const char *text = bytes ? PyBytes_AsString(bytes) : NULL, *base = text ? strrchr(text, '/') : NULL;
	bool named = text && !strncmp(base ? base + 1 : text, "python", strlen("python"));

	PyErr_Clear();
	Py_DecRef(bytes);
	return named;
}

/* Programs that are executed: what they count is lost. */
static void hear_more(const char *event, PyObject *arguments)
{
	static const char *const executing[] = {"subprocess.Popen", "os.exec", "os.posix_spawn"};

	for (size_t i = 0; i < sizeof(executing) / sizeof(*executing); i++)
		if (!strcmp(event, executing[i]) && names_python(arguments))
			shim_events__note_executed();
}

static int hear(const char *event, PyObject *arguments, void *data)
{
	static const char prefix[] = "cpython.run_";

	(void)data;
	if (start.begun)
		hear_more(event, arguments);
	if (start.begun || strncmp(event, prefix, strlen(prefix)) != 0)
		return 0;
	start.begun = true;
	snprintf(start.counts.memory.table->version, sizeof(start.counts.memory.table->version), "%s", Py_GetVersion());
	__atomic_store_n(&start.counts.memory.table->state, state_of(begin()), __ATOMIC_RELEASE);
	return 0;
}

__attribute__((visibility("default"))) int lprof_shim_start(int fd)
{
	int err = shim_memory__open(fd, &start.counts.memory);

	if (!err && PySys_AddAuditHook(hear, NULL)) {
		start.counts.memory.table->state = LPROF_SHIM_FAILED;
		err = -ENOMEM;
	}
	return err;
}

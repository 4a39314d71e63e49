// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpython/python_interpreters.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Restricts the search for native functions. The interpreter itself, which is object OWN, is not searched, and patterns
 * do not select functions of the libraries that come with it. If the user named one object and it is the interpreter,
 * its functions can be selected by name, but not by pattern.
 */
static void restrict_search(const struct python_interpreter *interpreter, const struct frontend_request *request,
			    size_t own)
{
	const struct target_objects *objects = request->objects;

	if (request->one_object) {
		if (objects->n && objects->items[0].ino == interpreter->ino &&
		    objects->items[0].dev == interpreter->dev)
			request->search[0] = FRONTEND_NAMED;
		return;
	}
	request->search[own] = FRONTEND_NONE;
	for (size_t i = 0; i < objects->n; i++)
		if (request->search[i] == FRONTEND_ANY && python_interpreter__needs(interpreter, &objects->items[i]))
			request->search[i] = FRONTEND_NAMED;
}

/* Whether functions of programs that it runs can be profiled in this run. */
static bool can_profile(const struct python_interpreter *interpreter, const struct frontend_request *request)
{
	if (interpreter->reason)
		return false;
	return !interpreter->monitored || request->command ||
	       (request->n_pids && interpreter->hex >= PYTHON_DOOR_SINCE);
}

int python_interpreters__find(const struct frontend_request *request, bool monitored, struct python_interpreters *out)
{
	const struct target_objects *objects = request->interpreters;

	*out = (struct python_interpreters){0};
	out->items = calloc(objects->n + 1, sizeof(struct python_interpreter *));
	if (!out->items)
		return -ENOMEM;
	for (size_t i = 0; i < objects->n; i++) {
		struct python_interpreter *interpreter;
		int err = python_interpreter__find(&objects->items[i], &interpreter);

		if (err)
			return err;
		if (interpreter && interpreter->monitored != monitored) {
			python_interpreter__free(interpreter);
			interpreter = NULL;
		}
		if (!interpreter)
			continue;
		out->items[out->n++] = interpreter;
		if (can_profile(interpreter, request))
			restrict_search(interpreter, request, i);
	}
	return 0;
}

void python_interpreters__release(struct python_interpreters *interpreters)
{
	for (size_t i = 0; i < interpreters->n; i++)
		python_interpreter__free(interpreters->items[i]);
	free(interpreters->items);
	*interpreters = (struct python_interpreters){0};
}

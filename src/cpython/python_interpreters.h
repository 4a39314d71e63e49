/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_interpreters: the interpreters among the objects of a request. */
#ifndef LPROF_PYTHON_INTERPRETERS_H
#define LPROF_PYTHON_INTERPRETERS_H

#include "cpython/python_interpreter.h"
#include "profiler/frontend.h"

struct python_interpreters {
	struct python_interpreter **items;
	size_t n;
};

/*
 * Finds those that are MONITORED, or those that are not, and restricts the search for native functions where one of
 * them can be profiled: if it is monitored, in a command, or if it has a door for debuggers. 0 or -ENOMEM; in any case
 * OUT must be released.
 */
int python_interpreters__find(const struct frontend_request *request, bool monitored, struct python_interpreters *out);
void python_interpreters__release(struct python_interpreters *interpreters);

#endif

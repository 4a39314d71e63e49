/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compiled: helpers for tests that first compile a program. */
#ifndef LPROF_TESTS_COMPILED_H
#define LPROF_TESTS_COMPILED_H

#include "elf/objfile.h"
#include "unit/scratch.h"

/* Runs the shell command, in which every @ stands for the scratch directory. */
static inline void compiled__run(const struct scratch *scratch, const char *command)
{
	char text[8192];
	size_t n = 0;

	for (; *command && n < sizeof(text) - sizeof(scratch->dir); command++) {
		if (*command == '@')
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", scratch->dir);
		else
			text[n++] = *command;
	}
	text[n] = '\0';
	if (system(text) != 0)
		fail_msg("failed: %s", text);
}

/* Opens the object NAME in the scratch directory. */
static inline struct objfile *compiled__open(const struct scratch *scratch, const char *name)
{
	char *path = scratch__path(scratch, name);
	struct objfile *obj = NULL;

	assert_int_equal(objfile__open(path, path, &obj), 0);
	free(path);
	return obj;
}

#endif

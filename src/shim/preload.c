// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library that is preloaded into a command whose Python functions are to be counted. In a program that is no Python
 * (env, a shell), it does nothing, so the Python that this program executes is found. In a Python, it loads the
 * extension, and takes itself out of the environment and the descriptors, before the interpreter can see them: so
 * neither the program nor what it executes is any different.
 *
 * It refers to no symbol of Python, and to few of the C library, because it is loaded into programs of any kind.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/lprof_shim.h"
#include "shim/shim_start.h"

enum { LIBRARY, EXTENSION, MEMORY, DESCRIPTORS };

static const char prefix[] = "/proc/self/fd/";

/* Reads "LIBRARY,EXTENSION,MEMORY". Returns 0 or -1. */
static int read_descriptors(const char *text, int *fds)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		char *end;
		long fd = strtol(text, &end, 10);

		if (end == text || *end != (i + 1 < DESCRIPTORS ? ',' : '\0') || fd < 0 || fd > 1 << 20)
			return -1;
		fds[i] = (int)fd;
		text = end + 1;
	}
	return 0;
}

/* Writes /proc/self/fd/FD to PATH. */
static void name_descriptor(int fd, char *path)
{
	char digits[16];
	size_t n = 0;

	memcpy(path, prefix, strlen(prefix));
	path += strlen(prefix);
	do
		digits[n++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	while (n)
		*path++ = digits[--n];
	*path = '\0';
}

/* Takes the library out of LD_PRELOAD, where it is the first one. */
static void leave_environment(void)
{
	const char *list = getenv("LD_PRELOAD");
	char *rest;

	unsetenv(LPROF_SHIM_VARIABLE);
	if (!list || strncmp(list, prefix, strlen(prefix)) != 0)
		return;
	list += strcspn(list, ": ");
	list += strspn(list, ": ");
	if (!*list) {
		unsetenv("LD_PRELOAD");
		return;
	}
	rest = strdup(list); /* setenv() may free what LIST points into */
	if (rest)
		setenv("LD_PRELOAD", rest, 1);
	free(rest);
}

static void load(int extension, int memory)
{
	char path[sizeof(prefix) + 16];
	lprof_shim_starter *start;
	void *library;

	name_descriptor(extension, path);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return;
	*(void **)&start = dlsym(library, LPROF_SHIM_START);
	if (start)
		(void)start(memory);
}

static void __attribute__((constructor)) begin(void)
{
	const char *variable = getenv(LPROF_SHIM_VARIABLE);
	int fds[DESCRIPTORS];

	/* A program that loads Python later, with dlopen(), is none that this knows. */
	if (!variable || !dlsym(RTLD_DEFAULT, "PySys_AddAuditHook") || read_descriptors(variable, fds))
		return;
	load(fds[EXTENSION], fds[MEMORY]);
	leave_environment();
	for (int i = 0; i < DESCRIPTORS; i++)
		close(fds[i]);
}

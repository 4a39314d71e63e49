// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library that is preloaded into a command whose Python functions are to be counted. It takes itself out of the
 * environment and the descriptors, before the program can see them, so that is not any different. In a Python, it loads
 * the extension. What the program executes is given the library again, if it may be a Python or start one: see
 * preload_exec.h.
 *
 * It refers to no symbol of Python, and to few of the C library, because it is loaded into programs of any kind.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/lprof_shim.h"
#include "shim/preload_exec.h"
#include "shim/preload_text.h"
#include "shim/shim_start.h"

enum { LIBRARY, EXTENSION, MEMORY, FILES, HOLDER = FILES, NUMBERS };

#define PATH_ROOM     48 /* for PRELOAD_TEXT_HELD, and for "/proc/self/fd/" with a descriptor */
#define FIRST_VERSION 0x030c0000ul

/* Where the files are. */
struct files {
	long numbers[NUMBERS]; /* descriptors, and the holder; 0: there is none */
	int n;		       /* how many were told; 1: the holder alone */
};

static int read_files(const char *text, struct files *files)
{
	for (*files = (struct files){.n = 0}; files->n < NUMBERS; text++) {
		char *end;

		files->numbers[files->n] = strtol(text, &end, 10);
		if (end == text || files->numbers[files->n++] < 0)
			return -1;
		text = end;
		if (*text != ',')
			break;
	}
	if (files->n == 1)
		files->numbers[HOLDER] = files->numbers[0];
	return *text || (files->n != 1 && files->n != NUMBERS) ? -1 : 0;
}

/* Writes the path of file NUMBER to PATH. */
static void name_file(const struct files *files, int number, char path[PATH_ROOM])
{
	if (files->n == 1)
		preload_text__append_held(path, files->numbers[HOLDER], number);
	else
		preload_text__append_number(preload_text__append(path, "/proc/self/fd/"), files->numbers[number]);
}

/* Main programs are given the same array as ENVIRON, so it is changed where it is. */
static void remove_variable(const char *name)
{
	char **entry = (char **)preload_text__find(environ, name);

	for (; entry && *entry; entry++)
		entry[0] = entry[1];
}

/* Takes the library out of LD_PRELOAD, where it is the first one. */
static void leave_environment(void)
{
	char *list = (char *)preload_text__value(environ, "LD_PRELOAD"), *rest;

	remove_variable(LPROF_SHIM_VARIABLE);
	if (!list || strncmp(list, "/proc/", strlen("/proc/")) != 0)
		return;
	rest = list + strcspn(list, ": ");
	rest += strspn(rest, ": ");
	if (*rest)
		memmove(list, rest, strlen(rest) + 1);
	else
		remove_variable("LD_PRELOAD");
}

static void load(const struct files *files)
{
	char path[PATH_ROOM];
	lprof_shim_starter *start;
	void *library;
	int memory;

	name_file(files, EXTENSION, path);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return;
	name_file(files, MEMORY, path);
	memory = open(path, O_RDWR | O_CLOEXEC);
	*(void **)&start = dlsym(library, LPROF_SHIM_START);
	if (start && memory >= 0)
		(void)start(memory);
	if (memory >= 0)
		close(memory);
}

/*
 * Whether this is a Python that has sys.monitoring; earlier ones have probes. A program that loads Python later, with
 * dlopen(), is none that this knows.
 */
static bool counts_lines(void)
{
	const unsigned long *version = dlsym(RTLD_DEFAULT, "Py_Version");

	return version && *version >= FIRST_VERSION;
}

static void __attribute__((constructor)) begin(void)
{
	const char *variable = preload_text__value(environ, LPROF_SHIM_VARIABLE);
	char path[PATH_ROOM];
	struct files files;

	if (!variable || read_files(variable, &files))
		return;
	if (counts_lines())
		load(&files);
	leave_environment();
	name_file(&files, LIBRARY, path);
	preload_exec__begin((int)files.numbers[HOLDER], path);
	for (int i = 0; files.n == NUMBERS && i < FILES; i++)
		close((int)files.numbers[i]);
}

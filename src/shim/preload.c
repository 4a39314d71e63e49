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
#include "shim/shim_start.h"

enum { LIBRARY, EXTENSION, MEMORY, FILES, HOLDER = FILES, NUMBERS };

#define PATH_ROOM     48
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

/* Writes NUMBER in decimal digits. Returns the end. */
static char *write_number(char *to, long number)
{
	char digits[24];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (n)
		*to++ = digits[--n];
	*to = '\0';
	return to;
}

/* Writes the path of file NUMBER to PATH. */
static void name_file(const struct files *files, int number, char path[PATH_ROOM])
{
	if (files->n == 1) {
		memcpy(path, "/proc/", sizeof("/proc/"));
		path = write_number(path + strlen(path), files->numbers[HOLDER]);
		memcpy(path, "/fd/", sizeof("/fd/"));
		write_number(path + strlen(path), LPROF_SHIM_HELD + number);
	} else {
		memcpy(path, "/proc/self/fd/", sizeof("/proc/self/fd/"));
		write_number(path + strlen(path), files->numbers[number]);
	}
}

/*
 * The variable NAME in the environment; NULL: there is none. Some programs, such as bash, have functions of their own
 * by the names of getenv() and unsetenv(), which are of no use before they have begun. So these are not called.
 */
static char **find_variable(const char *name)
{
	size_t len = strlen(name);

	for (char **entry = environ; entry && *entry; entry++)
		if (!strncmp(*entry, name, len) && (*entry)[len] == '=')
			return entry;
	return NULL;
}

/* Main programs are given the same array, so it is changed where it is. */
static void remove_variable(char **entry)
{
	for (; entry && *entry; entry++)
		entry[0] = entry[1];
}

/* Takes the library out of LD_PRELOAD, where it is the first one. */
static void leave_environment(void)
{
	char **preload = find_variable("LD_PRELOAD"), *list, *rest;

	if (preload) {
		list = *preload + strlen("LD_PRELOAD=");
		rest = list + strcspn(list, ": ");
		rest += strspn(rest, ": ");
		if (!strncmp(list, "/proc/", strlen("/proc/"))) {
			if (*rest)
				memmove(list, rest, strlen(rest) + 1);
			else
				remove_variable(preload);
		}
	}
	remove_variable(find_variable(LPROF_SHIM_VARIABLE));
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
	char **variable = find_variable(LPROF_SHIM_VARIABLE);
	char path[PATH_ROOM];
	struct files files;

	if (!variable || read_files(*variable + strlen(LPROF_SHIM_VARIABLE "="), &files))
		return;
	if (counts_lines())
		load(&files);
	leave_environment();
	name_file(&files, LIBRARY, path);
	preload_exec__begin((int)files.numbers[HOLDER], path);
	for (int i = 0; files.n == NUMBERS && i < FILES; i++)
		close((int)files.numbers[i]);
}

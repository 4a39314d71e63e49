// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of source files, which come from debug information and from profiles that others saved, against a directory that
 * the user gave: nothing outside of it may be opened. Two strings: OLD of --source-dir OLD=NEW, and the name.
 */
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/source_dirs.h"
#include "fuzz/common/fuzz.h"

static char top[] = "/tmp/lprof-fuzz.XXXXXX";

/* The path of NAME below the directory of this harness, until the next call. */
static const char *below_top(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void remove_all(void)
{
	static const char *const names[] = {"new/src/a.c", "new/src", "new/a.c", "new", "a.c", ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		remove(below_top(names[i]));
}

static void make_file(const char *name)
{
	FILE *file = fopen(below_top(name), "w");

	fuzz__assert(file && fputs("text\n", file) >= 0 && !fclose(file));
}

/* Two files in the directory, and one beside it. */
static void make_all(void)
{
	fuzz__assert(mkdtemp(top) && !atexit(remove_all));
	fuzz__assert(!mkdir(below_top("new"), 0755) && !mkdir(below_top("new/src"), 0755));
	make_file("new/a.c");
	make_file("new/src/a.c");
	make_file("a.c");
}

static void check(int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	if (fd < 0)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	fuzz__assert(n > 0);
	path[n] = '\0';
	fuzz__assert(!strncmp(path, top, strlen(top)) && !strncmp(path + strlen(top), "/new/", 5));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	struct source_dirs dirs = {.n = 0};
	char *old, *name, argument[PATH_MAX];
	static bool made;

	if (!made)
		make_all();
	made = true;
	old = fuzz__string(&bytes);
	name = fuzz__string(&bytes);
	if (strlen(old) < 256) {
		snprintf(argument, sizeof(argument), "%s%s%s/new", old, *old ? "=" : "", top);
		if (!source_dirs__add(&dirs, argument)) {
			check(source_dirs__open(&dirs, name, true));
			check(source_dirs__open(&dirs, name, false));
		}
	}
	source_dirs__release(&dirs);
	free(old);
	free(name);
	return 0;
}

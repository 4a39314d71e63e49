/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scratch: helpers for tests of code that does I/O: a temporary directory, and the messages given to a diag. */
#ifndef LPROF_TESTS_SCRATCH_H
#define LPROF_TESTS_SCRATCH_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "unit/test.h"

struct scratch {
	char dir[PATH_MAX / 2];
	char *said; /* after scratch__said(): everything that was printed to the diag */
	size_t size;
	struct diag diag;
};

static inline struct scratch *scratch__new(void)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));
	const char *tmp = getenv("TMPDIR");

	assert_non_null(scratch);
	snprintf(scratch->dir, sizeof(scratch->dir), "%s/lprof-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(scratch->dir));
	scratch->diag.stream = open_memstream(&scratch->said, &scratch->size);
	assert_non_null(scratch->diag.stream);
	return scratch;
}

static inline void scratch__free(struct scratch *scratch)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch->dir);
	assert_int_equal(system(command), 0);
	fclose(scratch->diag.stream);
	free(scratch->said);
	free(scratch);
}

/* The path of NAME in the directory. The caller frees it. */
static inline char *scratch__path(const struct scratch *scratch, const char *name)
{
	char *path = NULL;

	assert_true(asprintf(&path, "%s/%s", scratch->dir, name) > 0);
	return path;
}

/* Writes the file NAME, and returns its path, which the caller frees. */
static inline char *scratch__write(const struct scratch *scratch, const char *name, const char *text, mode_t mode)
{
	char *path = scratch__path(scratch, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

/* The text of the file PATH, which the caller frees. */
static inline char *scratch__read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	text[fread(text, 1, 65535, file)] = '\0';
	fclose(file);
	return text;
}

static inline void assert_file_holds(const char *path, const char *text)
{
	char *held = scratch__read(path);

	assert_string_equal(held, text);
	free(held);
}

/* How many entries the directory PATH has. */
static inline int scratch__count(const char *path)
{
	DIR *dir = opendir(path);
	int n = -2; /* "." and ".." */

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static inline const char *scratch__said(struct scratch *scratch)
{
	fflush(scratch->diag.stream);
	return scratch->said;
}

static inline void assert_said(struct scratch *scratch, const char *part)
{
	if (!strstr(scratch__said(scratch), part))
		fail_msg("\"%s\" does not hold \"%s\"", scratch__said(scratch), part);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opened: helpers for tests that look for functions in the debug information of a program that they compile. */
#ifndef LPROF_TESTS_OPENED_H
#define LPROF_TESTS_OPENED_H

#include "dwarf/debuginfo.h"
#include "unit/compiled.h"
#include "unit/seen.h"

/* An object with its debug information opened, and the functions found in it. */
struct opened {
	struct target_files *files;
	struct objfile *obj;
	struct debuginfo *info;
	struct debug_functions found;
	bool matched[4];
};

static inline struct opened open_program(struct scratch *scratch)
{
	struct opened opened = {.files = seen__by_us(), .obj = compiled__open(scratch, "program")};

	assert_int_equal(debuginfo__open(opened.obj, opened.files, DEBUGINFO_REQUIRED, &scratch->diag, &opened.info),
			 0);
	return opened;
}

static inline void close_program(struct opened *opened)
{
	debug_functions__free(&opened->found);
	debuginfo__close(opened->info);
	objfile__close(opened->obj);
	target_files__unref(opened->files);
}

/* Finds the functions that one selector selects, and returns their number. */
static inline size_t find(struct opened *opened, const char *text)
{
	struct selector *selector = NULL;

	debug_functions__free(&opened->found);
	assert_int_equal(selector__parse(text, &selector), 0);
	assert_int_equal(debuginfo__find(opened->info, (const struct selector *const *)&selector, 1, opened->matched,
					 &opened->found),
			 0);
	assert_int_equal(opened->matched[0], opened->found.n > 0);
	selector__free(selector);
	return opened->found.n;
}

/* Whether any instance has code on LINE. */
static inline bool has_line(const struct debug_function *function, unsigned line)
{
	for (size_t i = 0; i < function->n_instances; i++)
		for (size_t j = 0; j < function->instances[i].n_lines; j++)
			if (function->instances[i].lines[j].line == line)
				return true;
	return false;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scene: what tests of reports with source text share: a source file in a directory of its own, and a profile to fill.
 */
#ifndef LPROF_TESTS_SCENE_H
#define LPROF_TESTS_SCENE_H

#include "profile/profile_source.h"
#include "report/report.h"
#include "unit/scratch.h"
#include "unit/seen.h"

struct scene {
	struct scratch *scratch;
	char *file; /* not there before scene__put_source() */
	struct target_files *files;
	struct profile *profile;
	char *page; /* for the test, freed with the scene */
};

static inline int scene__set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->scratch = scratch__new();
	scene->file = scratch__path(scene->scratch, "a.c");
	scene->files = seen__by_us();
	scene->profile = profile__new();
	assert_non_null(scene->profile);
	*state = scene;
	return 0;
}

static inline int scene__tear_down(void **state)
{
	struct scene *scene = *state;

	scratch__free(scene->scratch);
	target_files__unref(scene->files);
	profile__free(scene->profile);
	free(scene->file);
	free(scene->page);
	free(scene);
	return 0;
}

/* The string LITERAL, which may hold NULs, becomes the source. */
#define scene__put_source(scene, literal) scene__put_bytes(scene, literal, sizeof(literal) - 1)

static inline void scene__put_bytes(const struct scene *scene, const void *text, size_t len)
{
	FILE *out = fopen(scene->file, "we");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/* A function of the source file, which begins on LINE. */
static inline struct profile_function *scene__add_function(struct scene *scene, const char *name, uint32_t line)
{
	struct profile_function *function = profile__add_function(scene->profile, name, "", scene->file, line);

	assert_non_null(function);
	function->files = scene->files;
	return function;
}

/* What FORMAT writes, once the source was read; owned by the caller. */
static inline char *scene__written(const struct scene *scene, const struct report_format *format,
				   const struct report_style *style)
{
	static const struct source_dirs nowhere;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(profile_source__record(scene->profile, &nowhere, NULL), 0);
	assert_int_equal(format->write(scene->profile, style, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

#endif

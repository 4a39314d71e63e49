// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/top_scene.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/seen.h"

int top_scene__set_up(void **state)
{
	static const struct source_dirs nowhere;
	struct top_scene *scene = calloc(1, sizeof(*scene));
	char text[1024] = "";

	assert_non_null(scene);
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	scene->scratch = scratch__new();
	for (int i = 1; i <= 40; i++)
		sprintf(text + strlen(text), "line %d\n", i);
	scene->file = scratch__write(scene->scratch, "a.c", text, 0644);
	scene->files = seen__by_us();
	assert_int_equal(source__open(&nowhere, scene->files, scene->file, &scene->source), 0);
	scene->model = top_model__new(true);
	assert_non_null(scene->model);
	*state = scene;
	return 0;
}

int top_scene__tear_down(void **state)
{
	struct top_scene *scene = *state;

	top_model__free(scene->model);
	source__close(scene->source);
	target_files__unref(scene->files);
	cells__release(&scene->cells);
	free(scene->file);
	scratch__free(scene->scratch);
	free(scene);
	return 0;
}

void top_scene__add_function(const struct top_scene *scene, struct profile *profile, const char *name, uint32_t line,
			     uint64_t calls, const struct profile_line *lines, size_t n)
{
	struct profile_function *function = profile__add_function(profile, name, "", scene->file, line);

	assert_non_null(function);
	function->calls = calls;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(profile_function__add_line(function, &lines[i]), 0);
}

struct profile *top_scene__profile(const struct top_scene *scene, unsigned n)
{
	const uint64_t second = 1000000000;
	const struct profile_line of_f[] = {
		{.line = 1, .hits = 10 * n, .time_ns = n * second / 1000},
		{.line = 3, .hits = 1000 * n, .time_ns = n * second / 1000 * 2900, .uncertainty_ns = 1},
		{.line = 5, .hits = 10 * n, .time_ns = n * second / 1000 * 99, .uncertainty_ns = 10 * second},
	};
	struct profile_line of_g[21];
	struct profile *profile = profile__new();

	assert_non_null(profile);
	for (uint32_t i = 0; i < 21; i++)
		of_g[i] = (struct profile_line){.line = 10 + i, .hits = n, .time_ns = 0};
	of_g[15].time_ns = n * second;
	profile->duration_ns = n * 2 * second;
	profile->probe.target_ns = n * second;
	profile->probe.overhead_ns = n * second / 4;
	top_scene__add_function(scene, profile, "g", 10, 5 * n, of_g, 21);
	top_scene__add_function(scene, profile, "f", 1, 10 * n, of_f, 3);
	return profile;
}

void top_scene__update(struct top_scene *scene, unsigned n)
{
	assert_int_equal(top_model__update(scene->model, top_scene__profile(scene, n)), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
}

void top_scene__act(struct top_scene *scene, enum top_action action)
{
	assert_int_equal(top_model__act(scene->model, action), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
}

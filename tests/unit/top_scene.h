/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_scene: what tests of the live view share: a model, the source of its functions, and profiles of two functions. A
 * failure in these functions fails the test.
 */
#ifndef LPROF_TESTS_TOP_SCENE_H
#define LPROF_TESTS_TOP_SCENE_H

#include "terminal/cells.h"
#include "top/top_model.h"
#include "unit/scratch.h"

/* The source file has forty lines, "line N". */
struct top_scene {
	struct scratch *scratch;
	char *file;
	struct target_files *files;
	struct source *source;
	struct top_model *model;
	struct cells cells; /* for the test, released with the scene */
};

int top_scene__set_up(void **state);
int top_scene__tear_down(void **state);

/* Adds a function of the source file, which begins on LINE, with the N lines LINES. */
void top_scene__add_function(const struct top_scene *scene, struct profile *profile, const char *name, uint32_t line,
			     uint64_t calls, const struct profile_line *lines, size_t n);

/*
 * Function f at line 1 has code on lines 1, 3 and 5; function g at line 10 has code on lines 10 to 30. After N steps,
 * f has been called 10 * N times and has taken 3 * N s; g has been called 5 * N times and has taken 1 * N s. The
 * profile is owned by the caller.
 */
struct profile *top_scene__profile(const struct top_scene *scene, unsigned n);

/* Shows the model that profile, and the source. */
void top_scene__update(struct top_scene *scene, unsigned n);
void top_scene__act(struct top_scene *scene, enum top_action action);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "top/top_model.h"
#include "unit/top_scene.h"

static const struct top_function *function_named(const struct top_scene *scene, const char *name)
{
	for (size_t i = 0; i < scene->model->n_functions; i++)
		if (!strcmp(scene->model->functions[i].of->name, name))
			return &scene->model->functions[i];
	fail_msg("no function %s", name);
	return NULL;
}

static void check_figures(const struct top_figures *figures, uint64_t calls, uint64_t hits, uint64_t time_ms)
{
	assert_int_equal(figures->calls, calls);
	assert_int_equal(figures->hits, hits);
	assert_int_equal(figures->time_ns, time_ms * 1000000);
}

static void figures_are_since_the_start_and_latest(void **state)
{
	struct top_scene *scene = *state;
	const struct top_line *line;

	top_scene__update(scene, 1);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
	/* there was no profile before, so all is new */
	check_figures(&function_named(scene, "f")->latest, 10, 1020, 3000);
	top_scene__update(scene, 4);
	check_figures(&function_named(scene, "f")->total, 40, 4080, 12000);
	check_figures(&function_named(scene, "f")->latest, 30, 3060, 9000);
	check_figures(&function_named(scene, "g")->latest, 15, 63, 3000);
	line = top_function__line(function_named(scene, "f"), 3);
	assert_non_null(line);
	check_figures(&line->total, 0, 4000, 11600);
	check_figures(&line->latest, 0, 3000, 8700);
	assert_null(top_function__line(function_named(scene, "f"), 2));
	assert_int_equal(top_model__total_ns(scene->model), 16000000000);
}

static void after_a_reset_they_are_differences(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__update(scene, 3);
	top_scene__act(scene, TOP_RESET);
	check_figures(&function_named(scene, "f")->total, 0, 0, 0);
	check_figures(&function_named(scene, "f")->latest, 20, 2040, 6000);
	top_scene__update(scene, 4);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
	top_scene__update(scene, 9);
	check_figures(&function_named(scene, "f")->total, 60, 6120, 18000);
	check_figures(&function_named(scene, "f")->latest, 50, 5100, 15000);
	top_scene__act(scene, TOP_RESET);
	top_scene__act(scene, TOP_RESET);
	top_scene__update(scene, 10);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
}

static void what_shrinks_is_zero(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 5);
	top_scene__act(scene, TOP_RESET);
	top_scene__update(scene, 4); /* times may fall, when the probes turn out to cost more */
	check_figures(&function_named(scene, "f")->total, 0, 0, 0);
	check_figures(&function_named(scene, "f")->latest, 0, 0, 0);
}

static void paused_it_shows_what_it_showed(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_PAUSE);
	top_scene__update(scene, 2);
	top_scene__update(scene, 3);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
	top_scene__act(scene, TOP_PAUSE);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
	top_scene__update(scene, 4);
	check_figures(&function_named(scene, "f")->total, 40, 4080, 12000);
	/* without what was counted during the pause */
	check_figures(&function_named(scene, "f")->latest, 10, 1020, 3000);
}

static void a_reset_in_a_pause_is_from_then_on(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_PAUSE);
	top_scene__update(scene, 2);
	top_scene__act(scene, TOP_RESET);
	check_figures(&function_named(scene, "f")->total, 0, 0, 0);
	top_scene__act(scene, TOP_PAUSE);
	top_scene__update(scene, 3);
	check_figures(&function_named(scene, "f")->total, 10, 1020, 3000);
}

static const char *name_at(const struct top_scene *scene, size_t i)
{
	return scene->model->functions[i].of->name;
}

static void functions_sort_by_each_key(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = profile__new();
	const struct profile_line slow = {.line = 1, .hits = 1, .time_ns = 90}, often = {.line = 1, .hits = 5};
	const struct profile_line slower = {.line = 1, .hits = 2, .time_ns = 95};

	top_scene__add_function(scene, profile, "slow", 1, 1, &slow, 1);
	top_scene__add_function(scene, profile, "often", 1, 3, &often, 1);
	top_scene__add_function(scene, profile, "called", 1, 9, NULL, 0);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_string_equal(name_at(scene, 0), "slow");
	assert_string_equal(name_at(scene, 1), "called"); /* functions with equal values are sorted by name */
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_int_equal(scene->model->sort, TOP_BY_LATEST_TIME);
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_string_equal(name_at(scene, 0), "called");
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_string_equal(name_at(scene, 0), "often");
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_string_equal(name_at(scene, 0), "called");
	assert_string_equal(name_at(scene, 1), "often");
	/* The function that was chosen first stays chosen, wherever it is sorted. */
	assert_string_equal(top_model__chosen(scene->model)->of->name, "slow");
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_int_equal(scene->model->sort, TOP_BY_FILE);
	assert_string_equal(name_at(scene, 0), "slow");
	top_scene__act(scene, TOP_NEXT_SORT);
	assert_int_equal(scene->model->sort, TOP_BY_TIME);
	top_scene__act(scene, TOP_NEXT_SORT);

	/* By latest time: a function that was slow earlier, but not since, comes later. */
	profile = profile__new();
	top_scene__add_function(scene, profile, "called", 1, 9, NULL, 0);
	top_scene__add_function(scene, profile, "often", 1, 3, &slower, 1);
	top_scene__add_function(scene, profile, "slow", 1, 1, &slow, 1);
	top_scene__add_function(scene, profile, "new", 1, 1, &slow, 1);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_string_equal(name_at(scene, 0), "often");
	assert_string_equal(name_at(scene, 1), "new");
	assert_int_equal(function_named(scene, "slow")->latest.time_ns, 0);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "slow");
}

static void functions_of_a_file_are_sorted_together(void **state)
{
	static const char *const files[] = {"/z/a.py", "/a/b.py", "/z/a.py", "/a/b.py"};
	struct top_scene *scene = *state;
	struct profile *profile = profile__new();

	for (uint32_t i = 0; i < 4; i++) {
		struct profile_function *function = profile__add_function(profile, "run", "", files[i], 1 + i);
		const struct profile_line line = {.line = 1 + i, .hits = 1, .time_ns = 10 * (1 + i)};

		assert_non_null(function);
		assert_int_equal(profile_function__add_line(function, &line), 0);
	}
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(scene->model->functions[1].of->line, 3);
	while (scene->model->sort != TOP_BY_FILE)
		top_scene__act(scene, TOP_NEXT_SORT);
	/* The slower one of each file comes first. */
	assert_int_equal(scene->model->functions[0].of->line, 4);
	assert_int_equal(scene->model->functions[1].of->line, 2);
	assert_int_equal(scene->model->functions[2].of->line, 3);
	assert_int_equal(scene->model->functions[3].of->line, 1);
}

static void owners_are_functions_of_their_own(void **state)
{
	struct top_scene *scene = *state;
	const struct profile_line line = {.line = 1, .hits = 7, .time_ns = 10};

	for (int step = 1; step <= 2; step++) {
		struct profile *profile = profile__new();

		for (int pid = 1; pid <= 2; pid++) {
			top_scene__add_function(scene, profile, "f", 1, (uint64_t)step, &line, 1);
			profile->functions[pid - 1].owner = (struct profile_owner){.pid = pid, .comm = "\033x"};
			profile->functions[pid - 1].lines[0].hits *= (uint64_t)(step * pid);
		}
		assert_int_equal(top_model__update(scene->model, profile), 0);
	}
	assert_int_equal(scene->model->functions[0].of->owner.pid, 1);
	assert_int_equal(scene->model->functions[0].latest.hits, 7);
	assert_int_equal(scene->model->functions[1].latest.hits, 14);
}

static uint32_t cursor_line(const struct top_scene *scene)
{
	return (uint32_t)scene->model->listed[scene->model->cursor];
}

static void the_cursor_goes_to_the_hottest_line(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "f"); /* f has taken the most time */
	assert_int_equal(cursor_line(scene), 1);
	top_scene__act(scene, TOP_HOTTEST_LINE);
	assert_int_equal(cursor_line(scene), 3);
	top_scene__act(scene, TOP_NEXT_FUNCTION);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "g");
	assert_int_equal(cursor_line(scene), 10);
	top_scene__act(scene, TOP_HOTTEST_LINE);
	assert_int_equal(cursor_line(scene), 25);
	top_scene__act(scene, TOP_HOTTEST_FUNCTION);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "f");
	assert_int_equal(cursor_line(scene), 3);
	top_scene__act(scene, TOP_PREVIOUS_FUNCTION);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "g");
	top_scene__act(scene, TOP_PREVIOUS_FUNCTION);
	assert_string_equal(top_model__chosen(scene->model)->of->name, "f");
	/* An update leaves the cursor where it is. */
	top_scene__act(scene, TOP_HOTTEST_LINE);
	top_scene__update(scene, 2);
	assert_int_equal(cursor_line(scene), 3);
}

static void lines_sort_and_keep_the_cursor(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_HOTTEST_LINE);
	top_scene__act(scene, TOP_NEXT_ORDER);
	assert_int_equal(scene->model->n_listed, 3);
	assert_memory_equal(scene->model->listed, ((uint64_t[]){3, 5, 1}), 3 * sizeof(uint64_t));
	assert_int_equal(cursor_line(scene), 3);
	top_scene__act(scene, TOP_NEXT_ORDER);
	assert_memory_equal(scene->model->listed, ((uint64_t[]){3, 1, 5}), 3 * sizeof(uint64_t));
	top_scene__act(scene, TOP_NEXT_ORDER);
	assert_memory_equal(scene->model->listed, ((uint64_t[]){1, 2, 3, 4, 5}), 5 * sizeof(uint64_t));
	assert_int_equal(cursor_line(scene), 3);
}

static void lines_that_the_source_lacks_are_listed(void **state)
{
	struct top_scene *scene = *state;
	const struct profile_line lines[] = {{.line = 39, .hits = 1}, {.line = 42, .hits = 1}, {.line = 50, .hits = 1}};
	struct profile *profile = profile__new();

	top_scene__add_function(scene, profile, "f", 38, 1, lines, 3);
	profile->functions[0].last = UINT32_MAX;
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(scene->model->n_listed, 3); /* the source is not set yet */
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	assert_int_equal(scene->model->n_listed, 5);
	assert_memory_equal(scene->model->listed, ((uint64_t[]){38, 39, 40, 42, 50}), 5 * sizeof(uint64_t));
}

static void scrolling_keeps_the_cursor_visible(void **state)
{
	struct top_scene *scene = *state;
	const struct top_model *model = scene->model;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_NEXT_FUNCTION);
	top_model__resize(scene->model, 15, 80);
	assert_int_equal(top_model__line_rows(model), 8);
	top_scene__act(scene, TOP_LAST);
	assert_int_equal(cursor_line(scene), 30);
	assert_int_equal(model->listed[model->first_line], 23);
	top_scene__act(scene, TOP_PAGE_UP);
	assert_int_equal(cursor_line(scene), 22);
	assert_int_equal(model->listed[model->first_line], 22);
	top_scene__act(scene, TOP_UP);
	top_scene__act(scene, TOP_DOWN);
	top_scene__act(scene, TOP_DOWN);
	assert_int_equal(cursor_line(scene), 23);
	top_scene__act(scene, TOP_PAGE_DOWN);
	top_scene__act(scene, TOP_PAGE_DOWN);
	assert_int_equal(cursor_line(scene), 30);
	/* More room is used; with less room the cursor stays on the screen. */
	top_model__resize(scene->model, 40, 80);
	assert_int_equal(model->first_line, 0);
	top_model__resize(scene->model, 10, 80);
	assert_int_equal(model->listed[model->first_line + top_model__line_rows(model) - 1], 30);
	top_scene__act(scene, TOP_FIRST);
	assert_int_equal(model->first_line, 0);
	top_scene__act(scene, TOP_UP);
	assert_int_equal(cursor_line(scene), 10);
	top_scene__act(scene, TOP_LEFT);
	assert_int_equal(model->skip, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, top_scene__set_up, top_scene__tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(figures_are_since_the_start_and_latest),
		TEST(after_a_reset_they_are_differences),
		TEST(what_shrinks_is_zero),
		TEST(paused_it_shows_what_it_showed),
		TEST(a_reset_in_a_pause_is_from_then_on),
		TEST(functions_sort_by_each_key),
		TEST(functions_of_a_file_are_sorted_together),
		TEST(owners_are_functions_of_their_own),
		TEST(the_cursor_goes_to_the_hottest_line),
		TEST(lines_sort_and_keep_the_cursor),
		TEST(lines_that_the_source_lacks_are_listed),
		TEST(scrolling_keeps_the_cursor_visible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

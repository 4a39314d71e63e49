// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_layout.h"
#include "unit/cells_text.h"
#include "unit/sampled.h"
#include "unit/top_scene.h"

#define KEYS "q quit  Tab function  h H hottest  s sort  l lines  Space pause  r reset  ? help"

static void check_row(struct top_scene *scene, int row, const char *expected)
{
	char *text = cells_text(&scene->cells, row);

	assert_string_equal(text, expected);
	free(text);
}

static void check_row_begins(struct top_scene *scene, int row, const char *expected)
{
	char *text = cells_text(&scene->cells, row);

	if (strncmp(text, expected, strlen(expected)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", text, expected);
	free(text);
}

static void draw(struct top_scene *scene, int rows, int cols)
{
	assert_int_equal(cells__resize(&scene->cells, rows, cols), 0);
	top_model__resize(scene->model, rows, cols);
	top_layout__draw(scene->model, 1e-3, &scene->cells);
}

static void check_place(struct top_scene *scene, int row)
{
	char expected[PATH_MAX];

	snprintf(expected, sizeof(expected), "f  %s:1", scene->file);
	check_row(scene, row, expected);
}

static void a_screen_of_80_columns(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__update(scene, 4);
	top_scene__act(scene, TOP_HOTTEST_LINE);
	draw(scene, 24, 80);
	check_row(scene, 0, "lprof-bpf  8 s  probing takes 25 % of the target's time  functions by time");
	check_row(scene, 1, "   Time s % Time     Calls      Hits   +Time    +Hits  Function");
	check_row(scene, 2, "   12.000   75.0        40      4080   9.000     3060  f");
	check_row(scene, 3, "    4.000   25.0        20        84   3.000       63  g");
	check_place(scene, 4);
	check_row(scene, 5, "Line #      Hits       Time  Per Hit % Time      Line Contents");
	check_row(scene, 6, "     1        40        4.0      0.1    0.0      line 1");
	check_row(scene, 7, "     2                                           line 2");
	check_row(scene, 8, "     3      4000    11600.0      2.9   96.7 ###  line 3");
	check_row(scene, 9, "     4                                           line 4");
	check_row(scene, 10, "     5        40      396.0      9.9    3.3~#    line 5");
	check_row(scene, 11, "");
	check_row(scene, 23, KEYS);
}

static void inexact_hits_are_marked(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 4);

	profile->functions[1].lines[0].hits_inexact = true;
	profile->functions[1].lines[2].hits = 0;
	profile->functions[1].lines[2].hits_inexact = true;
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	draw(scene, 24, 80);
	check_row(scene, 6, "     1       ~40        4.0      0.1    0.0      line 1");
	check_row(scene, 10, "     5        ~0      396.0             3.3~#    line 5");
}

static void what_was_sampled_has_no_hits(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 4);
	struct profile_function *f = &profile->functions[1];

	f->uncounted = true;
	f->calls = 0;
	for (size_t i = 0; i < f->n_lines; i++)
		f->lines[i].hits = 0;
	f->lines[0].time_ns = 0;
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	draw(scene, 24, 120);
	check_row(scene, 2, "   11.996   75.0                      11.996                    f");
	check_row(scene, 6, "     1                                                          line 1");
	check_row(scene, 8, "     3              11600.0                    96.7   96.7 ###  line 3");
	/* The choice is kept when another function becomes hotter. */
	assert_true(scene->model->picked);
	top_scene__act(scene, TOP_NEXT_ORDER);
	assert_int_equal(scene->model->n_listed, 2);
}

static void estimates_have_a_mark_and_bounds(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 4);
	struct profile_function *f = &profile->functions[1];

	f->estimated = true;
	f->calls_uncertainty = 30;
	f->lines[0].hits_uncertainty = 0;
	f->lines[1].hits = 1234567;
	f->lines[1].hits_uncertainty = 23456;
	f->lines[2].hits = 0;
	f->lines[2].hits_uncertainty = 591;
	profile->budget = (struct profile_budget){.percent = 2, .spent_ns = 13, .target_ns = 1000};
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	draw(scene, 24, 120);
	check_row(scene, 0, "lprof-bpf  8 s  profiling takes 1.3 % (at most 2 %)  functions by time");
	check_row(scene, 2, "   12.000   75.0       40\u2248  1230000\u2248  12.000      40\u2248 1230000\u2248  f");
	/* The digits of what was counted are in the same columns. */
	check_row(scene, 3, "    4.000   25.0       20        84    4.000      20       84   g");
	check_row(scene, 6, "     1       40         4.0      0.1      40    0.0    0.0      line 1");
	check_row(scene, 8, "     3  1230000\u2248    11600.0      0.0 1230000\u2248  96.7   96.7 ###  line 3");
	check_row(scene, 10, "     5     <600       396.0             <600    3.3    3.3~#    line 5");
	top_scene__act(scene, TOP_HOTTEST_LINE);
	draw(scene, 24, 120);
	check_row_begins(scene, 4, "f  line 3: 1210000 to 1260000 hits  /");
	/* Nothing was counted since, which leaves no doubt. */
	top_scene__act(scene, TOP_RESET);
	draw(scene, 24, 120);
	check_row(scene, 0, "lprof-bpf  0 s since reset  functions by time");
	check_row(scene, 2, "    0.000               0         0   12.000      40\u2248 1230000\u2248  f");
	check_row_begins(scene, 4, "f  /");
	top_scene__act(scene, TOP_HELP);
	draw(scene, 24, 80);
	check_row(scene, 19, "A \u2248 behind a number: estimated from counting now and then. The row above the");
}

static void files_are_shown_where_names_do_not_tell(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 4);
	const struct profile_line line = {.line = 7, .hits = 1, .time_ns = 1000000000};
	struct profile_function *other = profile__add_function(profile, "f", "", "/elsewhere/other.py", 7);

	assert_non_null(other);
	assert_int_equal(profile_function__add_line(other, &line), 0);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	draw(scene, 24, 80);
	check_row(scene, 2, "   12.000   70.6        40      4080  12.000     4080  f  a.c:1");
	check_row(scene, 3, "    4.000   23.5        20        84   4.000       84  g");
	check_row(scene, 4, "    1.000    5.9         0         1   1.000        1  f  other.py:7");
	while (scene->model->sort != TOP_BY_FILE)
		top_scene__act(scene, TOP_NEXT_SORT);
	draw(scene, 24, 80);
	check_row(scene, 0, "lprof-bpf  8 s  probing takes 25 % of the target's time  functions by file");
	check_row(scene, 2, "    1.000    5.9         0         1   1.000        1  f  other.py:7");
	check_row(scene, 4, "    4.000   23.5        20        84   4.000       84  g  a.c:10");
	/* One that several processes have is told by them. */
	profile = top_scene__profile(scene, 4);
	profile->functions[0].owner = (struct profile_owner){.pid = 1, .comm = "x"};
	top_scene__add_function(scene, profile, "g", 10, 1, NULL, 0);
	profile->functions[2].owner = (struct profile_owner){.pid = 2, .comm = "y"};
	assert_int_equal(top_model__update(scene->model, profile), 0);
	while (scene->model->sort != TOP_BY_TIME)
		top_scene__act(scene, TOP_NEXT_SORT);
	draw(scene, 24, 80);
	check_row(scene, 3, "    4.000   25.0        20        84   4.000       84  g [process 1, x]");
}

/* After N seconds: main calls f, half of whose time is in a library without debug information. */
static void add_samples(struct profile *profile, unsigned n)
{
	struct stacks *stacks = sampled__begin(profile);
	uint32_t outer = sampled__call(stacks, STACKS_NONE, "main", 3, 0, 0);
	uint32_t f = sampled__call(stacks, outer, "f", 3, 400ul * n, 0);

	sampled__call(stacks, f, "crc32@/lib/libz.so.1", 0, 400ul * n, 0);
	sampled__call(stacks, outer, "h", 8, 200ul * n, 0);
}

static void update_with_samples(struct top_scene *scene)
{
	struct profile *profile = top_scene__profile(scene, 2);

	add_samples(profile, 1);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
}

static void sampled_functions_are_listed_at_once(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = profile__new();

	assert_non_null(profile);
	add_samples(profile, 1);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_null(top_model__chosen(scene->model));
	draw(scene, 24, 80);
	check_row(scene, 1, " Own % Total %    Time s     Calls      Hits  Function");
	check_row(scene, 2, "  40.0    80.0                                f  /a/work.c");
	check_row(scene, 3, "  40.0    40.0                                crc32  /lib/libz.so.1");
	check_row(scene, 4, "  20.0    20.0                                h  /a/work.c");
	check_row(scene, 5, "Functions by samples; the lines of those that take most time will follow.");
	check_row(scene, 7, "");
	top_scene__act(scene, TOP_NEXT_FUNCTION);
	top_scene__act(scene, TOP_HOTTEST_FUNCTION);
	assert_null(top_model__chosen(scene->model));
	/* A list that is longer than the screen ends there. */
	draw(scene, 7, 80);
	check_row(scene, 2, "  40.0    80.0                                f  /a/work.c");
	check_row(scene, 3, "Functions by samples; the lines of those that take most time will follow.");
}

static void sampled_functions_follow_those_with_lines(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 1);
	struct profile_function *f = &profile->functions[1];

	add_samples(profile, 1);
	free(profile->stacks->functions[1].file);
	profile->stacks->functions[1].file = strdup(f->file);
	assert_int_equal(profile_function__set_place(f, SAMPLED_OBJECT, SAMPLED_OBJECT "'s ID", NULL), 0);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	draw(scene, 24, 80);
	check_row(scene, 1, " Own % Total %    Time s     Calls      Hits  Function");
	check_row(scene, 2, "  40.0    80.0     3.000        10      1020  f");
	check_row(scene, 3, "                   1.000         5        21  g");
	check_row(scene, 4, "  40.0    40.0                                crc32  /lib/libz.so.1");
	check_row(scene, 5, "  20.0    20.0                                h  /a/work.c");
	check_place(scene, 6);
	/* Shares of all threads are not those of one of them. */
	f->owner.pid = 7;
	draw(scene, 24, 40);
	check_row(scene, 2, "                f [process 7, ]");
	/* Where the user chose the functions, they are what is shown. */
	scene->model->find = false;
	top_scene__act(scene, TOP_RESET);
	top_scene__act(scene, TOP_RESET);
	draw(scene, 24, 80);
	check_row(scene, 1, "   Time s % Time     Calls      Hits   +Time    +Hits  Function");
	check_place(scene, 4);
}

static void after_a_reset_shares_are_those_since(void **state)
{
	struct top_scene *scene = *state;
	struct profile *profile = top_scene__profile(scene, 1);

	add_samples(profile, 1);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	top_scene__act(scene, TOP_RESET);
	assert_int_equal(scene->model->sampled.n_others, 0);
	profile = top_scene__profile(scene, 2);
	add_samples(profile, 1);
	sampled__call(profile->stacks, STACKS_NONE, "late", 1, 50, 0);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	draw(scene, 24, 80);
	check_row(scene, 4, " 100.0   100.0                                late  /a/work.c");
	assert_int_equal(scene->model->sampled.n_others, 1);
}

/* Function f also has code on lines 3 and 20 of /x/steps.inc. */
static struct profile *profile_with_other(const struct top_scene *scene, unsigned n)
{
	struct profile *profile = top_scene__profile(scene, n);
	struct profile_function *f = &profile->functions[1];
	struct profile_line line = {.line = 20, .hits = 4ul * n};

	assert_int_equal(profile_function__add_file(f, "/x/steps.inc", &line.file), 0);
	assert_int_equal(profile_function__add_line(f, &line), 0);
	line.line = 3; /* as in the function's own file */
	line.hits = 2ul * n;
	assert_int_equal(profile_function__add_line(f, &line), 0);
	return profile;
}

static void lines_of_other_files_follow(void **state)
{
	struct top_scene *scene = *state;
	struct source *sources[] = {scene->source};

	assert_int_equal(top_model__update(scene->model, profile_with_other(scene, 1)), 0);
	assert_int_equal(top_model__update(scene->model, profile_with_other(scene, 4)), 0);
	assert_int_equal(top_model__set_others(scene->model, sources, 1), 0);
	assert_int_equal(top_model__set_source(scene->model, scene->source), 0);
	draw(scene, 40, 120);
	check_row(scene, 8, "     3      4000    11600.0      2.9     3000  96.7   96.7 ###  line 3");
	check_row(scene, 10, "     5        40      396.0      9.9       30   3.3    3.3~#    line 5");
	check_row(scene, 11, "     3         8        0.0      0.0        6   0.0    0.0      steps.inc: line 3");
	check_row(scene, 12, "     4                                                          steps.inc: line 4");
	check_row(scene, 28, "    20        16        0.0      0.0       12   0.0    0.0      steps.inc: line 20");
	top_scene__act(scene, TOP_LAST);
	assert_true(scene->model->listed[scene->model->cursor] == profile_place(1, 20));
}

static void hot_numbers_and_the_chosen_rows_have_ink(void **state)
{
	struct top_scene *scene = *state;
	const char letters[] = ".123B...F.......abcd";
	char *inks;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_HOTTEST_LINE);
	draw(scene, 24, 80);
	inks = cells_inks(&scene->cells, 2, letters); /* the chosen function is reversed */
	assert_memory_equal(inks,
			    "ddddddddd"
			    "a"
			    "dddddd"
			    "aaaa",
			    20);
	free(inks);
	inks = cells_inks(&scene->cells, 3, letters);
	assert_memory_equal(inks,
			    "222222222"
			    "."
			    "222222"
			    "....",
			    20);
	free(inks);
	inks = cells_inks(&scene->cells, 8, letters); /* the cursor */
	assert_memory_equal(inks,
			    "aaaaaa"
			    "aaaaaaaaaa"
			    "a"
			    "dddddddddd"
			    "aaaaaaaaa"
			    "a"
			    "dddddd"
			    "a"
			    "ddddd"
			    "aaa",
			    52);
	free(inks);
	inks = cells_inks(&scene->cells, 10, letters);
	assert_memory_equal(inks,
			    "......"
			    ".........."
			    "."
			    "1111111111"
			    "........."
			    "."
			    "111111"
			    "."
			    "11111"
			    "...",
			    52);
	free(inks);
}

static void a_wide_screen_has_more_columns(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__update(scene, 4);
	draw(scene, 40, 120);
	check_row(scene, 1, "   Time s % Time     Calls      Hits   +Time   +Calls    +Hits  Function");
	check_row(scene, 2, "   12.000   75.0        40      4080   9.000       30     3060  f");
	check_row(scene, 5, "Line #      Hits       Time  Per Hit    +Hits    +% % Time      Line Contents");
	check_row(scene, 8, "     3      4000    11600.0      2.9     3000  96.7   96.7 ###  line 3");
}

static void a_small_screen_says_so(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	draw(scene, 15, 60);
	check_row(scene, 1, "   Time s % Time      Hits   +Time  Function");
	check_row(scene, 5, "Line #      Hits       Time % Time      Line Contents");
	check_row(scene, 8, "     3      1000     2900.0   96.7 ###  line 3");
	check_row(scene, 14, "60x15 is small, 80x24 shows all; q quit  ? help");
	draw(scene, 24, 79);
	check_row(scene, 23, "79x24 is small, 80x24 shows all; q quit  ? help");
}

/* Screens of all sizes; the sanitizers must find nothing. */
static void every_size_can_be_drawn(void **state)
{
	static const enum top_action actions[] = {TOP_LAST,	     TOP_HELP,	     TOP_HELP,	TOP_PAGE_UP,
						  TOP_NEXT_FUNCTION, TOP_NEXT_ORDER, TOP_RIGHT, TOP_HOTTEST_FUNCTION};
	struct top_scene *scene = *state;

	draw(scene, 5, 30); /* nothing counted yet */
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		top_scene__act(scene, actions[i]);
	top_scene__update(scene, 1);
	for (int rows = 1; rows < 60; rows++) {
		if (rows == 30) /* from here on with samples */
			update_with_samples(scene);
		for (int cols = 1; cols < 130; cols += 3) {
			top_scene__act(scene, actions[(rows + cols) % (int)(sizeof(actions) / sizeof(*actions))]);
			draw(scene, rows % 30 + 1, cols);
			assert_true(scene->model->cursor < scene->model->n_listed);
		}
	}
}

static void large_numbers_keep_their_columns(void **state)
{
	struct top_scene *scene = *state;
	const struct profile_line lines[] = {{.line = 1, .hits = UINT64_MAX / 2, .time_ns = UINT64_MAX / 2},
					     {.line = 2, .hits = 1234567890, .time_ns = 123456789012345}};
	struct profile *profile = profile__new();

	top_scene__add_function(scene, profile, "f", 1, 12345678901, lines, 2);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	top_model__set_source(scene->model, scene->source);
	draw(scene, 24, 80);
	check_row(scene, 2, "  9223.5M  100.0  12345.7M   9223.4P 9223.5M  9223.4P  f");
}

static void controls_are_never_shown(void **state)
{
	static const struct source_dirs nowhere;
	struct top_scene *scene = *state;
	char *file = scratch__write(scene->scratch, "b.c",
				    "a\033[2J\tb\x9b"
				    "31m\n",
				    0644);
	const struct profile_line line = {.line = 1, .hits = 1, .time_ns = 1000};
	struct profile *profile = profile__new();
	struct source *source;
	struct profile_function *function = profile__add_function(profile, "\033]0;f", "", "\033c.c", 1);

	assert_non_null(function);
	assert_int_equal(profile_function__add_line(function, &line), 0);
	function->owner = (struct profile_owner){.pid = 5, .comm = "\ttab"};
	assert_int_equal(source__open(&nowhere, scene->files, file, &source), 0);
	assert_int_equal(top_model__update(scene->model, profile), 0);
	assert_int_equal(top_model__set_source(scene->model, source), 0);
	draw(scene, 24, 120);
	check_row(scene, 2,
		  "    0.000  100.0         0         1   0.000        0        1  \\x1b]0;f [process 5, ?tab]");
	check_row(scene, 3,
		  "\\x1b]0;f  \\x1b"
		  "c.c:1");
	check_row(scene, 5, "     1         1        0.0      0.0        1 100.0  100.0 ###  a\\x1b[2J    b\\x9b31m");
	for (int i = 0; i < 24 * 120; i++)
		assert_true(scene->cells.at[i].text[0] >= L' ' && scene->cells.at[i].text[0] < 0x7f);
	top_model__set_source(scene->model, NULL);
	source__close(source);
	free(file);
}

static void the_help_names_the_keys(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 1);
	top_scene__act(scene, TOP_HELP);
	draw(scene, 24, 80);
	check_row(scene, 1, "  q                 stop profiling and print the table");
	check_row(scene, 23, KEYS);
	top_scene__act(scene, TOP_HELP);
	assert_false(scene->model->help);
}

static void state_is_said(void **state)
{
	struct top_scene *scene = *state;

	top_scene__update(scene, 2);
	top_scene__act(scene, TOP_RESET);
	top_scene__update(scene, 3);
	top_scene__act(scene, TOP_PAUSE);
	top_scene__act(scene, TOP_NEXT_ORDER);
	draw(scene, 24, 120);
	check_row(scene, 0,
		  "lprof-bpf PAUSED   2 s since reset  probing takes 25 % of the target's time  functions by time");
	assert_int_equal(top_model__set_source(scene->model, NULL), 0);
	draw(scene, 24, 20);
	check_row(scene, 4, "f  lines by time  ca"); /* the beginning of "cannot read" */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, top_scene__set_up, top_scene__tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_screen_of_80_columns),
		TEST(inexact_hits_are_marked),
		TEST(what_was_sampled_has_no_hits),
		TEST(estimates_have_a_mark_and_bounds),
		TEST(files_are_shown_where_names_do_not_tell),
		TEST(sampled_functions_are_listed_at_once),
		TEST(sampled_functions_follow_those_with_lines),
		TEST(after_a_reset_shares_are_those_since),
		TEST(lines_of_other_files_follow),
		TEST(hot_numbers_and_the_chosen_rows_have_ink),
		TEST(a_wide_screen_has_more_columns),
		TEST(a_small_screen_says_so),
		TEST(every_size_can_be_drawn),
		TEST(large_numbers_keep_their_columns),
		TEST(controls_are_never_shown),
		TEST(the_help_names_the_keys),
		TEST(state_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

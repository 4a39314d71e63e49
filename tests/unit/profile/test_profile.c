// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile.h"
#include "unit/test.h"

static void a_new_profile_is_empty(void **state)
{
	struct profile *profile = profile__new();

	(void)state;
	assert_non_null(profile);
	assert_int_equal(profile->clock, PROFILE_CLOCK_WALL);
	assert_int_equal(profile->n_functions, 0);
	assert_int_equal(profile->n_pids, 0);
	assert_int_equal(profile->n_notes, 0);
	assert_null(profile->command);
	profile__free(profile);
	profile__free(NULL);
}

static void strings_are_copied(void **state)
{
	struct profile *profile = profile__new();
	char name[] = "ns::f", linkage[] = "_ZN2ns1fEv", file[] = "/src/f.cc", object[] = "/bin/x", id[] = "abcd";
	struct profile_function *function = profile__add_function(profile, name, linkage, file, 7);
	/* only the pointer is compared; it is never dereferenced */
	const struct target_files *files = (const struct target_files *)name;

	(void)state;
	assert_non_null(function);
	assert_string_equal(function->object, "");
	assert_string_equal(function->build_id, "");
	assert_null(function->files);
	assert_int_equal(profile_function__set_place(function, object, id, files), 0);
	name[0] = linkage[0] = file[0] = object[0] = id[0] = '!';

	assert_string_equal(function->name, "ns::f");
	assert_string_equal(function->linkage_name, "_ZN2ns1fEv");
	assert_string_equal(function->file, "/src/f.cc");
	assert_string_equal(function->object, "/bin/x");
	assert_string_equal(function->build_id, "abcd");
	assert_ptr_equal(function->files, files);
	assert_int_equal(function->line, 7);

	/* setting a place again, even from the function's own strings, must not leak memory or read freed memory */
	assert_int_equal(profile_function__set_place(function, function->file, function->object, NULL), 0);
	assert_string_equal(function->object, function->file);
	assert_string_equal(function->build_id, "/bin/x");
	assert_null(function->files);
	profile__free(profile);
}

static int add_line(struct profile_function *function, uint32_t line, uint64_t hits, uint64_t time_ns)
{
	const struct profile_line added = {.line = line, .hits = hits, .time_ns = time_ns};

	return profile_function__add_line(function, &added);
}

static void functions_are_kept_in_order(void **state)
{
	struct profile *profile = profile__new();
	char name[8] = "f";

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct profile_function *function;

		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		function = profile__add_function(profile, name, "", "f.c", i);
		assert_non_null(function);
		assert_int_equal(add_line(function, i, 1, i), 0);
	}
	assert_int_equal(profile->n_functions, 100);
	assert_string_equal(profile->functions[0].name, "f00");
	assert_string_equal(profile->functions[42].name, "f42");
	assert_string_equal(profile->functions[99].name, "f99");
	assert_int_equal(profile->functions[99].lines[0].time_ns, 99);
	profile__free(profile);
}

static void uncertainty_decides_the_resolution(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);
	const struct profile_line more = {.line = 3, .uncertainty_ns = 50};

	(void)state;
	assert_int_equal(add_line(function, 3, 1, 100), 0);
	assert_false(profile_line__below_resolution(&function->lines[0]));
	assert_int_equal(profile_function__add_line(function, &more), 0);
	assert_false(profile_line__below_resolution(&function->lines[0]));
	assert_int_equal(profile_function__add_line(function, &more), 0);
	assert_int_equal(function->lines[0].uncertainty_ns, 100);
	assert_true(profile_line__below_resolution(&function->lines[0]));
	assert_int_equal(function->n_lines, 1);
	profile__free(profile);
}

static void lines_of_other_files_come_by_file(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *f, *g;
	struct profile_line line = {.line = 7, .hits = 1, .time_ns = 10};

	(void)state;
	assert_non_null(profile__add_function(profile, "f", "", "f.c", 1));
	g = profile__add_function(profile, "g", "", "f.c", 1);
	f = &profile->functions[0];
	/* "b.inc" gets another number when "a.inc" comes. */
	assert_int_equal(profile_function__add_file(f, "b.inc", &line.file), 0);
	assert_int_equal(line.file, 1);
	assert_int_equal(profile_function__add_line(f, &line), 0);
	assert_int_equal(profile_function__add_between(f, 1, 8, "b eight", 7), 0);
	assert_int_equal(profile_function__add_file(f, "a.inc", &line.file), 0);
	assert_int_equal(line.file, 1);
	assert_int_equal(profile_function__add_line(f, &line), 0);
	assert_int_equal(profile_function__add_file(f, "f.c", &line.file), 0);
	assert_int_equal(line.file, 0);
	line.line = 9;
	assert_int_equal(profile_function__add_line(f, &line), 0);
	assert_int_equal(f->n_others, 2);
	assert_int_equal(f->n_lines, 3);
	assert_int_equal(profile_function__n_own(f), 1);
	assert_string_equal(profile_function__file(f, f->lines[1].file), "a.inc");
	assert_string_equal(profile_function__file(f, f->lines[2].file), "b.inc");
	assert_int_equal(f->between[0].file, 2);
	assert_int_equal(f->time_ns, 30);

	/* G's only other file is "b.inc", so its number there is 1. */
	line = (struct profile_line){.line = 7, .hits = 5};
	assert_int_equal(profile_function__add_file(g, "b.inc", &line.file), 0);
	assert_int_equal(profile_function__add_line(g, &line), 0);
	line.line = 3;
	assert_int_equal(profile_function__add_line(g, &line), 0);
	assert_int_equal(profile_function__set_text(g, &g->lines[0], "b three", 7), 0);
	assert_int_equal(profile_function__add_between(g, 1, 5, "b five", 6), 0);
	assert_ptr_equal(profile_function__find(f, g, &g->lines[1]), &f->lines[2]);
	assert_null(profile_function__find(f, g, &g->lines[0]));
	assert_null(profile_function__find(g, f, &f->lines[1]));
	assert_int_equal(profile_function__add(f, g), 0);
	assert_int_equal(f->n_lines, 4);
	assert_int_equal(f->lines[2].line, 3);
	assert_string_equal(profile_function__text(f, &f->lines[2]), "b three");
	assert_int_equal(f->lines[3].hits, 6);
	assert_int_equal(f->lines[1].hits, 1);
	assert_int_equal(f->n_between, 2);
	assert_string_equal(profile_function__text_between(f, &f->between[0]), "b five");
	assert_string_equal(profile_function__text_between(f, &f->between[1]), "b eight");
	assert_int_equal(profile_function__add_line_of(f, g, &g->lines[1]), 0);
	assert_int_equal(f->lines[3].hits, 11);
	profile__free(profile);
}

static void a_sum_with_an_inexact_count_is_inexact(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *f, *g;

	(void)state;
	assert_non_null(profile__add_function(profile, "f", "", "f.c", 1));
	g = profile__add_function(profile, "g", "", "f.c", 1);
	f = &profile->functions[0];
	assert_int_equal(add_line(f, 3, 5, 0), 0);
	assert_int_equal(add_line(f, 4, 0, 0), 0);
	assert_int_equal(add_line(g, 4, 0, 0), 0);
	assert_false(profile_function__may_be_hit(g));
	assert_int_equal(profile_function__add_line(g, &(struct profile_line){.line = 4, .hits_inexact = true}), 0);
	assert_true(profile_function__may_be_hit(g));
	assert_int_equal(add_line(g, 4, 0, 0), 0);
	assert_true(g->lines[0].hits_inexact);
	assert_int_equal(profile_function__add(f, g), 0);
	assert_false(f->lines[0].hits_inexact);
	assert_true(profile_line__may_be_hit(&f->lines[0]));
	assert_true(f->lines[1].hits_inexact);
	assert_true(profile_line__may_be_hit(&f->lines[1]));
	assert_int_equal(f->lines[1].hits, 0);
	profile__free(profile);
}

static void estimates_add_up(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *f = profile__add_function(profile, "f", "", "f.c", 1), *g;

	(void)state;
	g = profile__add_function(profile, "g", "", "f.c", 9);
	f = &profile->functions[0];
	assert_int_equal(
		profile_function__add_line(f, &(struct profile_line){.line = 2, .hits = 100, .hits_uncertainty = 3}),
		0);
	assert_int_equal(
		profile_function__add_line(f, &(struct profile_line){.line = 2, .hits = 50, .hits_uncertainty = 4}), 0);
	assert_int_equal(f->lines[0].hits, 150);
	assert_int_equal(f->lines[0].hits_uncertainty, 5);
	/* What was counted makes the sum no more certain, and no less. */
	assert_int_equal(add_line(f, 2, 7, 0), 0);
	assert_int_equal(f->lines[0].hits, 157);
	assert_int_equal(f->lines[0].hits_uncertainty, 5);

	f->estimated = true;
	f->calls = 10;
	f->calls_uncertainty = 12;
	g->calls = 1;
	assert_int_equal(profile_function__add(g, f), 0);
	assert_true(g->estimated);
	assert_int_equal(g->calls, 11);
	assert_int_equal(g->calls_uncertainty, 12);
	g->calls_uncertainty = 5;
	assert_int_equal(profile_function__add(f, g), 0);
	assert_int_equal(f->calls_uncertainty, 13);
	profile__free(profile);
}

static void what_is_known_of_an_estimated_line(void **state)
{
	static const struct {
		struct profile_line line;
		bool shown, hits, time;
	} cases[] = {
		{{.hits = 5, .hits_uncertainty = 2, .time_ns = 9}, true, true, true},
		/* It was in no sample, so nobody knows its time. */
		{{.hits = 5, .hits_uncertainty = 2}, true, true, false},
		/* It was hit in no window, which tells only that it was not hit often. */
		{{.hits_uncertainty = 600}, true, true, false},
		{{.hits_uncertainty = 600, .time_ns = 9}, true, true, true},
		/* No window had its probes in, but it was sampled. */
		{{.time_ns = 9}, true, false, true},
		{{0}, false, true, false},
	};
	const struct profile_function f = {.estimated = true}, counted = {.estimated = false};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(profile_function__shows(&f, &cases[i].line), cases[i].shown);
		assert_int_equal(profile_function__knows_hits(&f, &cases[i].line), cases[i].hits);
		assert_int_equal(profile_function__knows_time(&f, &cases[i].line), cases[i].time);
	}
	assert_false(profile_function__shows(&counted, &cases[4].line));
	assert_true(profile_function__knows_hits(&counted, &cases[4].line));
	assert_true(profile_line__may_be_hit(&cases[2].line));
}

static void time_off_the_processor_is_summed(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);
	const struct profile_line lines[] = {
		{.line = 3, .time_ns = 100, .blocked_ns = 30, .waiting_ns = 2},
		{.line = 3, .time_ns = 10, .blocked_ns = 3, .waiting_ns = 20},
		{.line = 5, .time_ns = 1000, .blocked_ns = 300, .waiting_ns = 200},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(profile_function__add_line(function, &lines[i]), 0);
	assert_int_equal(function->lines[0].blocked_ns, 33);
	assert_int_equal(function->lines[0].waiting_ns, 22);
	assert_int_equal(function->time_ns, 1110);
	assert_int_equal(function->blocked_ns, 333);
	assert_int_equal(function->waiting_ns, 222);
	profile__free(profile);
}

static void lines_are_sorted_and_summed(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);
	static const uint32_t order[] = {30, 10, UINT32_MAX, 20, 10, 0, 30, 15};
	static const struct {
		uint32_t line;
		uint64_t hits, time_ns;
	} expected[] = {{0, 1, 5}, {10, 2, 5}, {15, 1, 7}, {20, 1, 3}, {30, 2, 6}, {UINT32_MAX, 1, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		assert_int_equal(add_line(function, order[i], 1, i), 0);
	assert_int_equal(function->n_lines, sizeof(expected) / sizeof(*expected));
	for (size_t i = 0; i < function->n_lines; i++) {
		assert_int_equal(function->lines[i].line, expected[i].line);
		assert_int_equal(function->lines[i].hits, expected[i].hits);
		assert_int_equal(function->lines[i].time_ns, expected[i].time_ns);
	}
	assert_int_equal(function->time_ns, 28);
	profile__free(profile);
}

static void many_lines_in_any_order(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);
	const uint32_t n = 1009; /* a prime, so that steps of 400 visit every line */

	(void)state;
	for (uint32_t i = 0; i < 2 * n; i++)
		assert_int_equal(add_line(function, i * 400 % n, 3, 10), 0);
	assert_int_equal(function->n_lines, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(function->lines[i].line, i);
		assert_int_equal(function->lines[i].hits, 6);
		assert_int_equal(function->lines[i].time_ns, 20);
	}
	assert_int_equal(function->time_ns, 20 * n);
	profile__free(profile);
}

static void a_line_without_a_hit_stays(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);

	(void)state;
	assert_int_equal(add_line(function, 4, 0, 0), 0);
	assert_int_equal(function->n_lines, 1);
	assert_int_equal(function->lines[0].line, 4);
	assert_int_equal(function->lines[0].hits, 0);
	assert_int_equal(function->time_ns, 0);
	profile__free(profile);
}

static void a_note_is_kept_once(void **state)
{
	struct profile *profile = profile__new();
	struct profile_function *function = profile__add_function(profile, "f", "", "f.c", 1);

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(profile__add_note(profile, "%d hits were missed", 12), 0);
		assert_int_equal(profile__add_note(profile, "note %d", i), 0);
		assert_int_equal(profile_function__add_note(function, "%s%%", "100"), 0);
	}
	assert_int_equal(profile->n_notes, 4);
	assert_string_equal(profile->notes[0], "12 hits were missed");
	assert_string_equal(profile->notes[1], "note 0");
	assert_string_equal(profile->notes[3], "note 2");
	assert_int_equal(function->n_notes, 1);
	assert_string_equal(function->notes[0], "100%");
	profile__free(profile);
}

static void the_command_is_copied_and_replaced(void **state)
{
	struct profile *profile = profile__new();
	char first[] = "ls", second[] = "-l";
	char *argv[] = {first, second, NULL};

	(void)state;
	assert_int_equal(profile__set_command(profile, argv), 0);
	first[0] = '!';
	assert_int_equal(profile->n_command, 2);
	assert_string_equal(profile->command[0], "ls");
	assert_string_equal(profile->command[1], "-l");
	assert_null(profile->command[2]);

	assert_int_equal(profile__set_command(profile, argv + 1), 0);
	assert_int_equal(profile->n_command, 1);
	assert_string_equal(profile->command[0], "-l");
	profile__free(profile);
}

static void pids_are_kept_in_order(void **state)
{
	struct profile *profile = profile__new();

	(void)state;
	for (int pid = 1; pid <= 33; pid++)
		assert_int_equal(profile__add_pid(profile, pid * 3), 0);
	assert_int_equal(profile->n_pids, 33);
	assert_int_equal(profile->pids[0], 3);
	assert_int_equal(profile->pids[32], 99);
	profile__free(profile);
}

static void lines_without_code_are_merged(void **state)
{
	static const struct {
		uint32_t line;
		const char *text;
	} mine[] = {{2, "two"}, {5, "five"}, {9, "nine"}},
	  theirs[] = {{1, "one"}, {5, "FIVE"}, {6, "six"}, {10, "ten"}},
	  expected[] = {{1, "one"}, {2, "two"}, {5, "five"}, {6, "six"}, {9, "nine"}, {10, "ten"}};
	struct profile *profile = profile__new();
	struct profile_function *f, *g;

	(void)state;
	assert_non_null(profile__add_function(profile, "f", "", "f.c", 1));
	g = profile__add_function(profile, "g", "", "f.c", 1);
	f = &profile->functions[0];
	assert_false(profile_function__has_text(f));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(profile_function__add_between(f, 0, mine[i].line, mine[i].text, strlen(mine[i].text)),
				 0);
	assert_int_equal(profile_function__add_between(f, 0, 9, "", 0), -EINVAL);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			profile_function__add_between(g, 0, theirs[i].line, theirs[i].text, strlen(theirs[i].text)), 0);
	assert_true(profile_function__has_text(f));
	for (int turn = 0; turn < 2; turn++) {
		assert_int_equal(profile_function__add(f, g), 0);
		assert_int_equal(f->n_between, 6);
		for (size_t i = 0; i < 6; i++) {
			assert_int_equal(f->between[i].line, expected[i].line);
			assert_string_equal(profile_function__text_between(f, &f->between[i]), expected[i].text);
		}
	}
	/* One more can still be added. */
	assert_int_equal(profile_function__add_between(f, 0, 11, "eleven", 6), 0);
	assert_int_equal(f->n_between, 7);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_profile_is_empty),
		cmocka_unit_test(strings_are_copied),
		cmocka_unit_test(functions_are_kept_in_order),
		cmocka_unit_test(lines_are_sorted_and_summed),
		cmocka_unit_test(uncertainty_decides_the_resolution),
		cmocka_unit_test(a_sum_with_an_inexact_count_is_inexact),
		cmocka_unit_test(estimates_add_up),
		cmocka_unit_test(what_is_known_of_an_estimated_line),
		cmocka_unit_test(lines_of_other_files_come_by_file),
		cmocka_unit_test(time_off_the_processor_is_summed),
		cmocka_unit_test(many_lines_in_any_order),
		cmocka_unit_test(a_line_without_a_hit_stays),
		cmocka_unit_test(a_note_is_kept_once),
		cmocka_unit_test(the_command_is_copied_and_replaced),
		cmocka_unit_test(lines_without_code_are_merged),
		cmocka_unit_test(pids_are_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

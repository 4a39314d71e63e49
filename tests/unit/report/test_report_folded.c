// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/reported.h"
#include "unit/stacked.h"
#include "unit/test.h"

static void one_stack_a_line(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/a.c", 3);

	(void)state;
	reported__line(f, 3, 10, UINT64_MAX);
	reported__line(f, 4, 5, 0);
	reported__line(f, 5, 5, 17);
	f = reported__function(profile, "g h", "/a/b.c", 1);
	reported__line(f, 1, 0, 1);
	reported__check(profile, &report_folded,
			"program;f (/a/a.c:3) 18446744073709551615\n"
			"program;f (/a/a.c:5) 17\n"
			"program;g h (/a/b.c:1) 1\n");
	reported__check_failure(profile, &report_folded);
	profile__free(profile);
}

static void the_root_is_who_ran_it(void **state)
{
	char *const command[] = {"/usr/bin/run me", "-x", NULL};
	struct profile *profile = reported__profile();
	struct profile_function *f;

	(void)state;
	assert_int_equal(profile__set_command(profile, command), 0);
	f = reported__function(profile, "f", "a.c", 1);
	reported__line(f, 1, 1, 1);
	f = reported__function(profile, "f", "a.c", 1);
	reported__line(f, 1, 1, 2);
	f->owner = (struct profile_owner){.pid = 12, .comm = "a;b"};
	f = reported__function(profile, "f", "a.c", 1);
	reported__line(f, 1, 1, 3);
	f->owner = (struct profile_owner){.pid = 12, .tid = 13, .comm = "#c"};
	reported__check(profile, &report_folded,
			"run me;f (a.c:1) 1\n"
			"a\\x3bb (process 12);f (a.c:1) 2\n"
			"\\x23c (thread 13 of process 12);f (a.c:1) 3\n");
	profile__free(profile);
}

static void hostile_names_stay_in_their_frames(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		const char *name = reported_hostile_names[i], *semicolon;
		struct profile_function *f = profile__add_function(profile, name, name, name, 1);
		char *text, *end;

		assert_non_null(f);
		assert_int_equal(profile_function__set_place(f, name, name, NULL), 0);
		reported__line(f, 1, 1, 12345);
		text = reported__as(profile, &report_folded, NULL);
		reported__check_harmless(text);
		assert_int_not_equal(*text, '#');
		semicolon = strchr(text, ';');
		assert_non_null(semicolon);
		assert_null(strchr(semicolon + 1, ';'));
		end = strchr(text, '\n');
		assert_non_null(end);
		assert_string_equal(end - strlen(":1) 12345"), ":1) 12345\n");
		free(text);
		profile__free(profile);
	}
}

static void a_long_name_is_whole(void **state)
{
	struct profile *profile = reported__profile();
	char *name = reported__long_name(), *text;

	(void)state;
	reported__line(reported__function(profile, name, "f", 1), 1, 2, 3);
	text = reported__as(profile, &report_folded, NULL);
	assert_int_equal(strlen(text), strlen("program; (f:1) 3\n") + REPORTED_LONG);
	free(text);
	free(name);
	profile__free(profile);
}

static void sampled_stacks_are_whole(void **state)
{
	static const struct profile_owner nobody;
	struct profile *profile = reported__profile();

	(void)state;
	reported__line(reported__function(profile, "f", "/a/a.c", 3), 3, 10, 99);
	profile->stacks = stacks__new();
	/* Nothing was sampled yet. */
	reported__check(profile, &report_folded, "program;f (/a/a.c:3) 99\n");
	stacked__add(profile->stacks, &nobody, "main:3;f:10@b.h;[unknown]", 1, 5, 7);
	stacked__add(profile->stacks, &nobody, "main:3;f:11;f:10", 1, 20, 0);
	stacked__add(profile->stacks, &nobody, "main:3;f:11", 1, 0, 40);
	stacked__add(profile->stacks, &nobody, "[libc.so];main:4", 1, UINT64_MAX, 1);
	reported__check(profile, &report_folded,
			"program;main (main.c:3);f (b.h:10);[unknown] 12\n"
			"program;main (main.c:3);f (f.c:11) 40\n"
			"program;main (main.c:3);f (f.c:11);f (f.c:10) 20\n"
			"program;[libc.so];main (main.c:4) 18446744073709551615\n");
	reported__check_failure(profile, &report_folded);
	profile->clock = PROFILE_CLOCK_CPU;
	reported__check(profile, &report_folded,
			"program;main (main.c:3);f (b.h:10);[unknown] 5\n"
			"program;main (main.c:3);f (f.c:11);f (f.c:10) 20\n"
			"program;[libc.so];main (main.c:4) 18446744073709551615\n");
	profile__free(profile);
}

static void the_root_of_stacks_is_who_ran_it(void **state)
{
	static const struct profile_owner nobody, process = {.pid = 12, .comm = "a;b"},
						  thread = {.pid = 12, .tid = 13, .comm = "#c"};
	char *const command[] = {"/usr/bin/run me", "-x", NULL};
	struct profile *profile = reported__profile();

	(void)state;
	profile->stacks = stacks__new();
	stacked__add(profile->stacks, &nobody, "start:1;f:2", 1, 1, 0);
	stacked__add(profile->stacks, &nobody, "[unknown];f:2", 1, 2, 0);
	/* Without main(), it is the object of the outermost frame. */
	reported__check(profile, &report_folded,
			"program;start (start.c:1);f (f.c:2) 1\n"
			"[unknown];[unknown];f (f.c:2) 2\n");
	stacked__add(profile->stacks, &process, "f:2", 1, 3, 0);
	stacked__add(profile->stacks, &thread, "f:2", 1, 4, 0);
	assert_int_equal(profile__set_command(profile, command), 0);
	reported__check(profile, &report_folded,
			"run me;start (start.c:1);f (f.c:2) 1\n"
			"run me;[unknown];f (f.c:2) 2\n"
			"a\\x3bb (process 12);f (f.c:2) 3\n"
			"\\x23c (thread 13 of process 12);f (f.c:2) 4\n");
	profile__free(profile);
}

static void hostile_names_stay_in_the_frames_of_stacks(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		char *name = (char *)reported_hostile_names[i], *text, *semicolon;
		struct stack_function function = {name, name, name, 1, name, name};
		struct stack_node node = {.parent = STACKS_NONE, .samples = 1, .cpu_ns = 12345, .file = 1};

		profile->stacks = stacks__new();
		assert_int_equal(stacks__function(profile->stacks, &function), 0);
		assert_int_equal(stacks__file(profile->stacks, name), 1);
		assert_int_equal(stacks__owner(profile->stacks, &(struct profile_owner){0}), 0);
		for (node.line = 0; node.line < 2; node.line++)
			stacks__add(profile->stacks, &node);
		text = reported__as(profile, &report_folded, NULL);
		reported__check_harmless(text);
		assert_int_not_equal(*text, '#');
		semicolon = strchr(text, ';');
		assert_non_null(semicolon);
		semicolon = strchr(semicolon + 1, ';');
		assert_non_null(semicolon);
		assert_true(memcmp(strchr(text, '\n') - strlen(" 12345"), " 12345\n", strlen(" 12345\n")) == 0);
		assert_null(strchr(semicolon + 1, ';'));
		assert_string_equal(text + strlen(text) - strlen(":1) 12345\n"), ":1) 12345\n");
		free(text);
		profile__free(profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_stack_a_line),
		cmocka_unit_test(the_root_is_who_ran_it),
		cmocka_unit_test(hostile_names_stay_in_their_frames),
		cmocka_unit_test(a_long_name_is_whole),
		cmocka_unit_test(sampled_stacks_are_whole),
		cmocka_unit_test(the_root_of_stacks_is_who_ran_it),
		cmocka_unit_test(hostile_names_stay_in_the_frames_of_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/reported.h"
#include "unit/stacked.h"
#include "unit/test.h"

#define COMMENT                                                                                                        \
	"# The time of a line includes that of the functions it calls. Which ones these are is not known,\n"           \
	"# so there are no calls= lines.\n"
#define EVENTS                                                                                                         \
	"positions: line\n"                                                                                            \
	"event: Hits : Hits\n"                                                                                         \
	"event: Time : Time (ns), callees included\n"                                                                  \
	"events: Hits Time\n"
#define HEADER "# callgrind format\nversion: 1\ncreator: lprof-bpf\n"

static void functions_by_file_and_object(void **state)
{
	char *const command[] = {"./program", "a b", NULL};
	struct profile *profile = reported__profile();
	struct profile_function *f;

	(void)state;
	assert_int_equal(profile__set_command(profile, command), 0);
	assert_int_equal(profile__add_note(profile, "all is well"), 0);
	f = reported__function(profile, "h", "/a/b.c", 9);
	reported__line(f, 9, 1, UINT64_C(10000000000));
	f = reported__function(profile, "g", "/a/a.c", 20);
	reported__line(f, 20, 5, 50);
	f = reported__function(profile, "f", "/a/a.c", 3);
	reported__line(f, 3, 10, 2000);
	reported__line(f, 4, 0, 0);
	assert_int_equal(profile_function__add_note(f, "less so"), 0);
	f = reported__function(profile, "i", "/a/b.c", 12);
	assert_int_equal(profile_function__set_place(f, "/a/library.so", "", NULL), 0);
	reported__line(f, 12, 7, 70);
	reported__check(profile, &report_callgrind,
			HEADER "cmd: ./program a b\ndesc: note: all is well\n" COMMENT EVENTS
			       "summary: 23 10000002120\n"
			       "ob=(1) /a/program\n"
			       "fl=(2) /a/a.c\n"
			       "fn=(3) f\n# note: less so\n3 10 2000\n4 0 0\n"
			       "fn=(4) g\n20 5 50\n"
			       "fl=(5) /a/b.c\n"
			       "fn=(6) h\n9 1 10000000000\n"
			       "ob=(7) /a/library.so\n"
			       "fn=(8) i\n12 7 70\n");
	reported__check_failure(profile, &report_callgrind);
	profile__free(profile);
}

static void owners_are_functions_of_their_own(void **state)
{
	static const struct profile_owner owners[] = {{.pid = 12, .tid = 14, .comm = "wor\nker"},
						      {.pid = 12, .tid = 13, .comm = "main"},
						      {.pid = 5, .comm = "other"}};
	struct profile *profile = reported__profile();

	(void)state;
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		struct profile_function *f = reported__function(profile, "f", "/a/a.c", 3);

		f->owner = owners[i];
		reported__line(f, 3, i + 1, 0);
	}
	reported__check(profile, &report_callgrind,
			HEADER COMMENT EVENTS "summary: 6 0\n"
					      "ob=(1) /a/program\n"
					      "fl=(2) /a/a.c\n"
					      "fn=(3) f [other, process 5]\n3 3 0\n"
					      "fn=(4) f [main, thread 13 of process 12]\n3 2 0\n"
					      "fn=(5) f [wor\\x0aker, thread 14 of process 12]\n3 1 0\n");
	profile__free(profile);
}

static void an_empty_profile(void **state)
{
	struct profile *profile = reported__profile();

	(void)state;
	reported__check(profile, &report_callgrind, HEADER COMMENT EVENTS "summary: 0 0\n");
	profile__free(profile);
}

/* The name of the only function in TEXT, owned by the caller. */
static char *name_in(const char *text)
{
	const char *name = strstr(text, "\nfn=(3) ");

	assert_non_null(name);
	name += strlen("\nfn=(3) ");
	return strndup(name, strcspn(name, "\n"));
}

static void hostile_names_stay_on_their_lines(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		char *const command[] = {(char *)reported_hostile_names[i], NULL};
		const char *hostile = reported_hostile_names[i];
		struct profile_function *f = profile__add_function(profile, hostile, hostile, hostile, 1);
		size_t n_lines = 0;
		char *text, *name;

		assert_non_null(f);
		assert_int_equal(profile_function__set_place(f, hostile, hostile, NULL), 0);
		assert_int_equal(profile_function__add_note(f, "%s", hostile), 0);
		assert_int_equal(profile__add_note(profile, "%s", hostile), 0);
		assert_int_equal(profile__set_command(profile, command), 0);
		reported__line(f, 1, 1, 1);
		text = reported__as(profile, &report_callgrind, NULL);
		reported__check_harmless(text);
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			n_lines++;
		assert_int_equal(n_lines, 5 + 2 + 5 + 5);
		name = name_in(text);
		assert_true(name[strspn(name, " \t")]);
		free(name);
		free(text);
		profile__free(profile);
	}
}

static void a_long_name_is_whole(void **state)
{
	struct profile *profile = reported__profile();
	char *name = reported__long_name(), *text, *found;

	(void)state;
	reported__line(reported__function(profile, name, "f", 1), 1, 2, 3);
	text = reported__as(profile, &report_callgrind, NULL);
	found = name_in(text);
	assert_string_equal(found, name);
	free(found);
	free(text);
	free(name);
	profile__free(profile);
}

static void sampled_calls_are_written(void **state)
{
	static const struct profile_owner nobody, process = {.pid = 5, .comm = "w"};
	struct profile *profile = reported__profile();
	struct profile_function *f = profile__add_function(profile, "f", "", "f.c", 1);

	(void)state;
	assert_int_equal(profile_function__set_place(f, "/a/program", "", NULL), 0);
	assert_int_equal(profile_function__add_note(f, "less so"), 0);
	reported__line(f, 10, 7, 1000);
	f->calls = 9;
	profile->stacks = stacks__new();
	stacked__add(profile->stacks, &nobody, "main:3;f:10;[unknown]", 1, 5, 0);
	stacked__add(profile->stacks, &nobody, "main:3;f:11@b.h;f:10", 1, 20, 1);
	stacked__add(profile->stacks, &process, "f:10", 1, 3, 0);
	free(profile->stacks->functions[2].object);
	profile->stacks->functions[2].object = strdup("/a/libx.so");
	reported__check(profile, &report_callgrind,
			HEADER "# Time is what samples stand for. In calls= lines, a number of calls that is not "
			       "known is 1, and that of a\n"
			       "# function with several callers is shared out among them by time.\n"
			       "positions: line\n"
			       "event: Hits : Hits\n"
			       "event: Time : Time (ns)\n"
			       "events: Hits Time\n"
			       "summary: 7 29\n"
			       "ob=(1) /a/program\n"
			       "fl=(2) f.c\n"
			       "fn=(3) f\n# note: less so\n"
			       "10 7 21\n"
			       "cob=(4) /a/libx.so\n"
			       "cfi=(5) ???\n"
			       "cfn=(6) [unknown] in libx.so\n"
			       "calls=1 0\n"
			       "10 0 5\n"
			       "fi=(7) b.h\n"
			       "11 0 0\n"
			       "cob=(8) /a/program\n"
			       "cfi=(9) f.c\n"
			       "cfn=(10) f\n"
			       "calls=1 1\n"
			       "11 0 0\n"
			       "fe=(11) f.c\n"
			       "fl=(12) main.c\n"
			       "fn=(13) main\n"
			       "3 0 0\n"
			       "cob=(14) /a/program\n"
			       "cfi=(15) f.c\n"
			       "cfn=(16) f\n"
			       "calls=9 1\n"
			       "3 0 26\n"
			       "ob=(17) /a/libx.so\n"
			       "fl=(18) ???\n"
			       "fn=(19) [unknown] in libx.so\n"
			       "0 0 5\n"
			       "ob=(20) /a/program\n"
			       "fl=(21) f.c\n"
			       "fn=(22) f [w, process 5]\n"
			       "10 0 3\n");
	reported__check_failure(profile, &report_callgrind);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_by_file_and_object),
		cmocka_unit_test(owners_are_functions_of_their_own),
		cmocka_unit_test(an_empty_profile),
		cmocka_unit_test(hostile_names_stay_on_their_lines),
		cmocka_unit_test(a_long_name_is_whole),
		cmocka_unit_test(sampled_calls_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

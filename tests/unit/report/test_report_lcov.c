// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/reported.h"
#include "unit/test.h"

static void one_record_a_file(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f;

	(void)state;
	reported__check(profile, &report_lcov, "");
	f = reported__function(profile, "h", "/a/b.c", 9);
	reported__line(f, 9, 0, 0);
	f = reported__function(profile, "g", "/a/a.c", 20);
	f->calls = 5;
	reported__line(f, 20, 5, 50);
	reported__line(f, 4, 7, 50);
	f = profile__add_function(profile, "ns::f", "_ZN2ns1fEv", "/a/a.c", 3);
	assert_non_null(f);
	f->calls = 10;
	reported__line(f, 3, 10, 2000);
	reported__line(f, 4, UINT64_C(10000000000), 0);
	reported__line(f, 5, 0, 0);
	reported__check(profile, &report_lcov,
			"TN:\nSF:/a/a.c\n"
			"FN:3,_ZN2ns1fEv\nFNDA:10,_ZN2ns1fEv\n"
			"FN:20,g\nFNDA:5,g\n"
			"FNF:2\nFNH:2\n"
			"DA:3,10\nDA:4,10000000007\nDA:5,0\nDA:20,5\n"
			"LF:4\nLH:3\nend_of_record\n"
			"TN:\nSF:/a/b.c\n"
			"FN:9,h\nFNDA:0,h\n"
			"FNF:1\nFNH:0\n"
			"DA:9,0\n"
			"LF:1\nLH:0\nend_of_record\n");
	reported__check_failure(profile, &report_lcov);
	profile__free(profile);
}

/* The same function, of several threads and of two programs built from the same file, is one function. */
static void a_function_is_one_whoever_ran_it(void **state)
{
	struct profile *profile = reported__profile();

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct profile_function *f = reported__function(profile, "f", "/a/a.c", 1);

		f->owner = (struct profile_owner){.pid = 1, .tid = i % 2 + 1};
		assert_int_equal(profile_function__set_place(f, i / 2 ? "/a/one" : "/a/two", "", NULL), 0);
		f->calls = 1;
		reported__line(f, 1, 1, 10);
		reported__line(f, 2, (uint64_t)i, 10);
	}
	reported__check(profile, &report_lcov,
			"TN:\nSF:/a/a.c\nFN:1,f\nFNDA:4,f\nFNF:1\nFNH:1\nDA:1,4\nDA:2,6\nLF:2\nLH:2\nend_of_record\n");
	profile__free(profile);
}

static void functions_without_hits_are_left_out(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f;
	uint32_t other;

	(void)state;
	reported__line(reported__function(profile, "counted", "/a/b.c", 3), 3, 7, 10);
	f = reported__function(profile, "sampled", "/a/b.c", 1);
	f->uncounted = true;
	reported__line(f, 1, 0, 10);
	f = reported__function(profile, "alone", "/a/a.c", 1);
	f->uncounted = true;
	reported__line(f, 1, 0, 10);
	assert_int_equal(profile_function__add_file(f, "/a/steps.inc", &other), 0);
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = 4, .file = other, .time_ns = 1}),
			 0);
	reported__check(
		profile, &report_lcov,
		"# 2 of 3 functions are left out, which were sampled and not probed, so that their hits are not "
		"known\n"
		"TN:\nSF:/a/b.c\nFN:3,counted\nFNDA:0,counted\nFNF:1\nFNH:0\nDA:3,7\nLF:1\nLH:1\n"
		"end_of_record\n");
	profile__free(profile);
}

static void names_that_would_end_early(void **state)
{
	struct profile *profile = reported__profile();

	(void)state;
	reported__line(reported__function(profile, "f<a, b>", "/a/a, b.c", 1), 1, 1, 10);
	reported__line(reported__function(profile, "", "/a/b\nend_of_record\n.c", 1), 1, 1, 10);
	/* A function without a known file is left out. */
	reported__line(reported__function(profile, "g", "", 1), 1, 1, 10);
	reported__check(
		profile, &report_lcov,
		"TN:\nSF:/a/a, b.c\nFN:1,f<a\\x2c b>\nFNDA:0,f<a\\x2c b>\nFNF:1\nFNH:0\nDA:1,1\nLF:1\nLH:1\n"
		"end_of_record\n"
		"TN:\nSF:/a/b\\x0aend_of_record\\x0a.c\nFN:1,\?\?\?\nFNDA:0,\?\?\?\nFNF:1\nFNH:0\nDA:1,1\nLF:1\nLH:1\n"
		"end_of_record\n");
	profile__free(profile);
}

static void hostile_names_stay_on_their_lines(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		const char *name = reported_hostile_names[i];
		struct profile_function *f = profile__add_function(profile, name, name, name, 1);
		size_t n_lines = 0;
		char *text;

		assert_non_null(f);
		reported__line(f, 1, 1, 1);
		text = reported__as(profile, &report_lcov, NULL);
		reported__check_harmless(text);
		for (const char *at = text; (at = strchr(at, '\n')); at++)
			n_lines++;
		assert_int_equal(n_lines, *name ? 10 : 0);
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
	text = reported__as(profile, &report_lcov, NULL);
	assert_non_null(strstr(text, name));
	assert_int_equal(strlen(text),
			 strlen("TN:\nSF:f\nFN:1,\nFNDA:0,\nFNF:1\nFNH:0\nDA:1,2\nLF:1\nLH:1\nend_of_record\n") +
				 2 * REPORTED_LONG);
	free(text);
	free(name);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_record_a_file),
		cmocka_unit_test(a_function_is_one_whoever_ran_it),
		cmocka_unit_test(functions_without_hits_are_left_out),
		cmocka_unit_test(names_that_would_end_early),
		cmocka_unit_test(hostile_names_stay_on_their_lines),
		cmocka_unit_test(a_long_name_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

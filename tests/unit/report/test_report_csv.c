// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/reported.h"
#include "unit/test.h"

#define HEADER                                                                                                         \
	"file,function,linkage_name,object,build_id,pid,tid,line,hits,time_ns,uncertainty_ns,blocked_ns,"              \
	"waiting_ns,hits_inexact,hits_uncertainty\r\n"

static void one_row_a_line(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f;

	(void)state;
	reported__check(profile, &report_csv, HEADER);
	f = reported__function(profile, "f", "/a/f.c", 3);
	reported__line(f, 3, 10, 2000);
	reported__line(f, 5, 0, 0);
	f = profile__add_function(profile, "g", "_Z1gv", "/a/g.cc", 1);
	assert_non_null(f);
	f->owner = (struct profile_owner){.pid = 12, .tid = 13, .comm = "g"};
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = UINT32_MAX,
									      .hits = UINT64_MAX,
									      .time_ns = UINT64_MAX - 1,
									      .uncertainty_ns = 3,
									      .blocked_ns = 4,
									      .waiting_ns = 5}),
			 0);
	reported__check(profile, &report_csv,
			HEADER
			"/a/f.c,f,,/a/program,c0ffee,,,3,10,2000,0,0,0,0,0\r\n"
			"/a/f.c,f,,/a/program,c0ffee,,,5,0,0,0,0,0,0,0\r\n"
			"/a/g.cc,g,_Z1gv,,,12,13,4294967295,18446744073709551615,18446744073709551614,3,4,5,0,0\r\n");
	reported__check_failure(profile, &report_csv);
	profile__free(profile);
}

static void what_is_not_known_is_empty(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "/a/f.c", 3);

	(void)state;
	f->uncounted = true;
	assert_int_equal(
		profile_function__add_line(
			f,
			&(struct profile_line){.line = 3, .time_ns = 2000, .uncertainty_ns = 500, .blocked_ns = 1500}),
		0);
	reported__line(f, 5, 0, 0);
	reported__check(profile, &report_csv,
			HEADER "/a/f.c,f,,/a/program,c0ffee,,,3,,2000,500,1500,0,0,0\r\n"
			       "/a/f.c,f,,/a/program,c0ffee,,,5,,,0,0,0,0,0\r\n");
	profile__free(profile);
}

/* Checks that the cell for NAME is EXPECTED. */
static void check_cell(const char *name, const char *expected)
{
	struct profile *profile = reported__profile();
	char *row = NULL;

	reported__line(reported__function(profile, name, "f", 1), 1, 2, 3);
	assert_true(asprintf(&row, HEADER "f,%s,,/a/program,c0ffee,,,1,2,3,0,0,0,0,0\r\n", expected) > 0);
	reported__check(profile, &report_csv, row);
	free(row);
	profile__free(profile);
}

static void cells_are_quoted(void **state)
{
	(void)state;
	check_cell("a,b", "\"a,b\"");
	check_cell("a\"b", "\"a\"\"b\"");
	check_cell("\"", "\"\"\"\"");
	check_cell("operator<", "operator<");
	check_cell(" a", "\" a\"");
	check_cell("a\nb\r\n", "a\\x0ab\\x0d\\x0a");
	check_cell("\033[1m\xff", "\\x1b[1m\\xff");
}

static void formulas_are_text(void **state)
{
	(void)state;
	check_cell("=1+1", "\"'=1+1\"");
	check_cell("+1", "\"'+1\"");
	check_cell("-[A b]", "\"'-[A b]\"");
	check_cell("@SUM(A1)", "\"'@SUM(A1)\"");
	check_cell("\t=1", "\"'\t=1\"");
	check_cell("\uff1d1", "\"'\uff1d1\"");
	check_cell("'a", "\"''a\"");
	check_cell("\"=1\"", "\"\"\"=1\"\"\"");
	check_cell("a=1", "a=1");
}

static void hostile_names_stay_in_their_cells(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		const char *name = reported_hostile_names[i];
		struct profile_function *f = profile__add_function(profile, name, name, name, 1);
		size_t n_rows = 0;
		char *text;

		assert_non_null(f);
		assert_int_equal(profile_function__set_place(f, name, name, NULL), 0);
		reported__line(f, 1, 1, 1);
		text = reported__as(profile, &report_csv, NULL);
		reported__check_harmless(text);
		for (const char *at = text; (at = strstr(at, "\r\n")); at += 2)
			n_rows++;
		assert_int_equal(n_rows, 2);
		free(text);
		profile__free(profile);
	}
}

static void a_long_name_is_whole(void **state)
{
	char *name = reported__long_name();

	(void)state;
	check_cell(name, name);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known_is_empty),
		cmocka_unit_test(one_row_a_line),
		cmocka_unit_test(cells_are_quoted),
		cmocka_unit_test(formulas_are_text),
		cmocka_unit_test(hostile_names_stay_in_their_cells),
		cmocka_unit_test(a_long_name_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

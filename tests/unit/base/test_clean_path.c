// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clean_path.h"

#include <stdio.h>

#include "unit/test.h"

static void test_paths(void **state)
{
	static const char *const paths[][2] = {
		{"a.c", "a.c"},
		{"./a.c", "a.c"},
		{"/x/./y//a.c", "/x/y/a.c"},
		{"/x/y/../a.c", "/x/a.c"},
		{"/x/y/../../z/./a.c", "/z/a.c"},
		{"x/../a.c", "a.c"},
		{"../a.c", "../a.c"},
		{"../../a.c", "../../a.c"},
		{"x/../../a.c", "../a.c"},
		{"/../a.c", "/a.c"},
		{"x../a.c", "x../a.c"},
		{"x/..y/a.c", "x/..y/a.c"},
		{"x..", "x.."},
		{"x../..", ""},
		{"/", "/"},
		{"//", "/"},
		{"", ""},
		{".", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s", paths[i][0]);
		clean_path__make(path);
		assert_string_equal(path, paths[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_paths)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

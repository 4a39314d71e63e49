// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "elf/imports.h"
#include "unit/test.h"

static void of_this_program(void **state)
{
	const char *const wanted[] = {"no_such_function", "getenv", NULL}, *const other[] = {"main", "no_such_function",
											     NULL};

	(void)state;
	(void)getenv("HOME");
	assert_true(imports__any("/proc/self/exe", wanted));
	assert_false(imports__any("/proc/self/exe", other));
}

static void of_what_is_no_object(void **state)
{
	const char *const any[] = {"getenv", NULL};

	(void)state;
	assert_false(imports__any("/proc/self/cmdline", any));
	assert_false(imports__any("/no/such/file", any));
	assert_false(imports__any("/", any));
	assert_false(imports__are_hidden("/proc/self/cmdline"));
	assert_false(imports__are_hidden("/proc/self/exe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(of_this_program), cmocka_unit_test(of_what_is_no_object)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/charset.h"
#include "unit/test.h"

static void the_environment_tells(void **state)
{
	const char *before = setlocale(LC_ALL, NULL);

	(void)state;
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	unsetenv("LANG");
	assert_false(charset__is_utf8());
	setenv("LANG", "C.UTF-8", 1);
	assert_true(charset__is_utf8());
	setenv("LC_CTYPE", "C", 1);
	assert_false(charset__is_utf8());
	setenv("LC_ALL", "C.UTF-8", 1);
	assert_true(charset__is_utf8());
	setenv("LC_ALL", "no_SUCH.UTF-8", 1);
	assert_false(charset__is_utf8());
	assert_string_equal(setlocale(LC_ALL, NULL), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

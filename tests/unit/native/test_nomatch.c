// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "native/nomatch.h"
#include "unit/test.h"

static void distances(void **state)
{
	(void)state;
	assert_int_equal(nomatch__distance("collatz", "collatz", 9), 0);
	assert_int_equal(nomatch__distance("colatz", "collatz", 9), 1);
	assert_int_equal(nomatch__distance("collatz", "colltaz", 9), 1);
	assert_int_equal(nomatch__distance("", "abc", 9), 3);
	assert_int_equal(nomatch__distance("kitten", "sitting", 9), 3);
	assert_int_equal(nomatch__distance("ca", "abc", 9), 3);
}

static void limit_bounds_the_distance(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(nomatch__distance("kitten", "sitting", 3), 3);
	assert_int_equal(nomatch__distance("kitten", "sitting", 2), 2);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(nomatch__distance(longer, longer, 5), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(limit_bounds_the_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

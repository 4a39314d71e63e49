// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_keys.h"
#include "unit/test.h"

/* Each key has only one meaning, and the keys that the screen mentions exist. */
static void keys_have_one_meaning(void **state)
{
	(void)state;
	assert_int_equal(top_keys__action('q'), TOP_QUIT);
	assert_int_equal(top_keys__action('\t'), TOP_NEXT_FUNCTION);
	assert_int_equal(top_keys__action(' '), TOP_PAUSE);
	assert_int_equal(top_keys__action('r'), TOP_RESET);
	assert_int_equal(top_keys__action('x'), TOP_NOTHING);
	assert_int_equal(top_keys__action(0), TOP_NOTHING);
	for (size_t i = 0; top_keys__row(i); i++)
		for (size_t k = 0; top_keys__row(i)->codes[k]; k++)
			assert_int_equal(top_keys__action(top_keys__row(i)->codes[k]), top_keys__row(i)->action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_one_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

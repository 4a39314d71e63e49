// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_lines.h"
#include "unit/test.h"

static void hit(struct shim_lines *lines, uint32_t line, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		shim_lines__hit(lines, line);
}

static void what_is_hit_often_is_closed(void **state)
{
	struct shim_lines lines;

	(void)state;
	shim_lines__begin(&lines, 3);
	hit(&lines, 0, 1);
	hit(&lines, 1, 5);
	hit(&lines, 2, 6);
	shim_lines__choose(&lines, 5);
	assert_true(shim_lines__is_open(&lines, 0) && shim_lines__is_open(&lines, 1));
	assert_false(shim_lines__is_open(&lines, 2));
	assert_false(shim_lines__is_open(&lines, 3)); /* there is none */
	assert_int_equal(shim_lines__hits(&lines), 0);
	shim_lines__release(&lines);
}

static void the_dearest_is_found(void **state)
{
	struct shim_lines lines;

	(void)state;
	shim_lines__begin(&lines, 3);
	assert_int_equal(shim_lines__dearest(&lines), SHIM_LINES_NONE);
	hit(&lines, 1, 7);
	hit(&lines, 2, 3);
	assert_int_equal(shim_lines__dearest(&lines), 1);
	assert_int_equal(shim_lines__hits(&lines), 10);
	lines.items[1].closed = true;
	assert_int_equal(shim_lines__dearest(&lines), 2);
	hit(&lines, 1, 7); /* is not counted any more */
	assert_int_equal(shim_lines__hits(&lines), 3);
	shim_lines__forget_hits(&lines);
	assert_int_equal(shim_lines__dearest(&lines), SHIM_LINES_NONE);
	shim_lines__release(&lines);
}

static void the_reference_is_hit_most(void **state)
{
	struct shim_lines lines;

	(void)state;
	shim_lines__begin(&lines, 4);
	hit(&lines, 0, 9);
	hit(&lines, 1, 20);
	hit(&lines, 2, 8);
	hit(&lines, 3, 1000);
	lines.items[3].closed = true;
	assert_int_equal(shim_lines__reference(&lines, 20), SHIM_LINES_NONE);
	assert_int_equal(shim_lines__reference(&lines, 8), 1);
	/* One that is hit hardly more often would be of no more use. */
	shim_lines__rule_out(&lines, 0);
	assert_int_equal(shim_lines__reference(&lines, 8), SHIM_LINES_NONE);
	hit(&lines, 2, 1);
	assert_int_equal(shim_lines__reference(&lines, 8), SHIM_LINES_NONE);
	shim_lines__release(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_hit_often_is_closed),
		cmocka_unit_test(the_dearest_is_found),
		cmocka_unit_test(the_reference_is_hit_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

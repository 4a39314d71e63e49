// SPDX-License-Identifier: GPL-2.0-or-later
/* The code is what CPython 3.11 makes of a function with two loops, one within the other. */
#include "python/python_loops.h"
#include "unit/test.h"

enum { FOR_ITER = 93, JUMP_BACKWARD = 140, EXTENDED_ARG = 144, OTHER = 124 };

#define UNIT(opcode, argument) (uint16_t)((argument) << 8 | (opcode))

static void fill(uint16_t *units, size_t n)
{
	for (size_t i = 0; i < n; i++)
		units[i] = UNIT(OTHER, 3);
}

static void finds_loops_within_loops(void **state)
{
	uint16_t units[60];
	size_t loops[4];

	(void)state;
	fill(units, 60);
	units[18] = UNIT(FOR_ITER, 28);
	units[27] = UNIT(FOR_ITER, 18);
	units[39] = UNIT(JUMP_BACKWARD, 13);
	units[45] = UNIT(161, 19); /* a jump back that was specialised */
	units[46] = UNIT(JUMP_BACKWARD, 29);
	assert_int_equal(python_loops__around(units, 60, 17, loops, 4), 0);
	assert_int_equal(python_loops__around(units, 60, 18, loops, 4), 1);
	assert_int_equal(loops[0], 18);
	assert_int_equal(python_loops__around(units, 60, 30, loops, 4), 2);
	assert_int_equal(loops[0], 18);
	assert_int_equal(loops[1], 27);
	assert_int_equal(python_loops__around(units, 60, 46, loops, 4), 1);
	assert_int_equal(python_loops__around(units, 60, 47, loops, 4), 0);
	assert_int_equal(python_loops__around(units, 60, 30, loops, 1), 1);
}

static void finds_long_loops(void **state)
{
	uint16_t units[400];
	size_t loops[1];

	(void)state;
	fill(units, 400);
	units[9] = UNIT(EXTENDED_ARG, 1);
	units[10] = UNIT(FOR_ITER, 44); /* to 311 */
	units[309] = UNIT(EXTENDED_ARG, 1);
	units[310] = UNIT(JUMP_BACKWARD, 46); /* to 9 */
	assert_int_equal(python_loops__around(units, 400, 200, loops, 1), 1);
	assert_int_equal(loops[0], 10);
	assert_int_equal(python_loops__around(units, 400, 311, loops, 1), 0);
}

static void is_not_fooled_by_caches(void **state)
{
	uint16_t units[60];
	size_t loops[1];

	(void)state;
	fill(units, 60);
	units[10] = UNIT(FOR_ITER, 20); /* nothing leads back to it */
	units[58] = UNIT(FOR_ITER, 200);
	assert_int_equal(python_loops__around(units, 60, 12, loops, 1), 0);
	assert_int_equal(python_loops__around(units, 60, 59, loops, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_loops_within_loops),
		cmocka_unit_test(finds_long_loops),
		cmocka_unit_test(is_not_fooled_by_caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/rough_count.h"
#include "unit/test.h"

static void doubts_add_as_independent_errors_do(void **state)
{
	(void)state;
	assert_int_equal(rough_count__doubt_of_sum(3, 4), 5);
	assert_int_equal(rough_count__doubt_of_sum(1, 1), 2); /* the square root of 2, never too small */
	assert_int_equal(rough_count__doubt_of_sum(0, 0), 0);
	assert_true(rough_count__doubt_of_sum(UINT64_MAX - 1, 0) == UINT64_MAX - 1);
	assert_true(rough_count__doubt_of_sum(0, UINT64_MAX - 1) == UINT64_MAX - 1);
	assert_true(rough_count__doubt_of_sum(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
}

static void what_was_sent_and_the_rise_have_the_doubt_of_both(void **state)
{
	(void)state;
	assert_int_equal(rough_count__doubt_of_rise(90, 5, 80, 4), 3);
	assert_int_equal(rough_count__doubt_of_rise(90, 4, 80, 5), 3);
	assert_int_equal(rough_count__doubt_of_rise(90, 7, 80, 0), 7);
	assert_int_equal(rough_count__doubt_of_rise(90, 0, 80, 0), 0);
	/* The rise is an estimate all the same, but not if there is none. */
	assert_int_equal(rough_count__doubt_of_rise(90, 7, 80, 7), 1);
	assert_int_equal(rough_count__doubt_of_rise(90, 7, 90, 7), 0);
	for (uint64_t sent = 1; sent < 2000; sent += 13)
		assert_in_range(rough_count__doubt_of_sum(sent, rough_count__doubt_of_rise(90, 2000, 80, sent)), 2000,
				2001);
}

static void a_difference_counts_beyond_both_doubts(void **state)
{
	(void)state;
	assert_true(rough_count__differ(10, 0, 11, 0));
	assert_false(rough_count__differ(10, 0, 10, 0));
	assert_false(rough_count__differ(100, 3, 105, 4));
	assert_true(rough_count__differ(100, 3, 106, 4));
	assert_true(rough_count__differ(106, 4, 100, 3));
	assert_false(rough_count__differ(0, UINT64_MAX, UINT64_MAX, 0));
}

static void counts_have_the_digits_that_they_deserve(void **state)
{
	static const struct {
		uint64_t count, doubt, rounded;
	} cases[] = {
		{1234567, 23456, 1230000},
		{1234567, 19999, 1235000},
		{1234567, 20000, 1230000},
		{1235000, 23456, 1240000},
		{1234567, 2, 1234567},
		{1234567, 19, 1234567},
		{1234567, 20, 1234570},
		{1234567, 0, 1234567},
		{96, 30, 100},
		{4, 30, 4},
		{96, 3000000, 100},
		{0, 600, 0},
		{7, UINT64_MAX, 7},
		{UINT64_MAX, 200, UINT64_C(18446744073709551600)},
		{UINT64_MAX, UINT64_MAX, UINT64_C(18000000000000000000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(rough_count__rounded(cases[i].count, cases[i].doubt) == cases[i].rounded);
}

static void bounds_are_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(rough_count__above(0), 1);
	assert_int_equal(rough_count__above(3), 4);
	assert_int_equal(rough_count__above(99), 100);
	assert_int_equal(rough_count__above(100), 110);
	assert_int_equal(rough_count__above(591), 600);
	assert_int_equal(rough_count__above(123456), 130000);
	assert_true(rough_count__above(UINT64_MAX) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubts_add_as_independent_errors_do),
		cmocka_unit_test(what_was_sent_and_the_rise_have_the_doubt_of_both),
		cmocka_unit_test(a_difference_counts_beyond_both_doubts),
		cmocka_unit_test(counts_have_the_digits_that_they_deserve),
		cmocka_unit_test(bounds_are_rounded_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/purse.h"
#include "unit/test.h"

static void the_targets_earn_what_is_spent(void **state)
{
	struct purse purse;

	(void)state;
	purse__open(&purse, 0.02, 1000, 1e6);
	assert_true(purse__wait_ns(&purse, 1000) == 0);
	purse__update(&purse, 0, 1000);
	/* Two hundredths of 50 000 ns are 1000 ns. */
	assert_int_equal(purse__wait_ns(&purse, 1000), 50000);
	purse__update(&purse, 50000, 1000);
	assert_true(purse__wait_ns(&purse, 1000) < 1e-6);
}

static void little_is_saved(void **state)
{
	struct purse purse;

	(void)state;
	purse__open(&purse, 0.5, 0, 2000);
	purse__update(&purse, 1000000, 0);
	purse__update(&purse, 1000000, 2000);
	assert_int_equal(purse__wait_ns(&purse, 1), 2);
}

static void what_costs_more_than_can_be_saved_is_not_waited_for_for_ever(void **state)
{
	struct purse purse;

	(void)state;
	purse__open(&purse, 0.5, 0, 2000);
	assert_int_equal(purse__wait_ns(&purse, 3000), 4000);
	purse__update(&purse, 4000, 0);
	assert_int_equal(purse__wait_ns(&purse, 3000), 0);
	purse__update(&purse, 4000, 3000);
	assert_int_equal(purse__wait_ns(&purse, 3000), 6000);
}

static void debts_are_paid_first(void **state)
{
	struct purse purse;

	(void)state;
	purse__open(&purse, 0.1, 0, 1e6);
	purse__update(&purse, 1000, 5100);
	assert_int_equal(purse__wait_ns(&purse, 0), 50000);
}

/* Processes end, and their processor time with them. */
static void totals_that_fall_are_nothing(void **state)
{
	struct purse purse;

	(void)state;
	purse__open(&purse, 0.1, 0, 1e6);
	purse__update(&purse, 10000, 500);
	purse__update(&purse, 2000, 100);
	assert_true(purse.target_ns == 10000 && purse.spent_ns == 500);
	assert_true(purse.saved_ns == 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_targets_earn_what_is_spent),
		cmocka_unit_test(little_is_saved),
		cmocka_unit_test(what_costs_more_than_can_be_saved_is_not_waited_for_for_ever),
		cmocka_unit_test(debts_are_paid_first),
		cmocka_unit_test(totals_that_fall_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

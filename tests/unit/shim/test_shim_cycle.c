// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_cycle.h"
#include "unit/test.h"

static void cycles_end_with_the_reference(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 3, 0, 1e5);
	assert_int_equal(cycle.reference, 3);
	assert_int_equal(shim_cycle__hit(&cycle), SHIM_CYCLE_ASK);
	cycle.wanted = 2;
	shim_cycle__begin(&cycle, 1000);
	assert_int_equal(shim_cycle__hit(&cycle), SHIM_CYCLE_GO_ON);
	assert_int_equal(shim_cycle__spend(&cycle, 900), SHIM_CYCLE_GO_ON);
	assert_int_equal(shim_cycle__hit(&cycle), SHIM_CYCLE_END);
	assert_int_equal(shim_cycle__spend(&cycle, 200), SHIM_CYCLE_GIVE_UP);
}

/* So many hits of the reference pass as it will probably have in the time. */
static void the_next_ones_are_planned_in_hits(void **state)
{
	struct shim_cycle cycle;
	unsigned n = 0;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	for (unsigned i = 0; i < 99; i++)
		(void)shim_cycle__hit(&cycle);
	shim_cycle__plan(&cycle, 1e6, 2e6, 0.5); /* 99 hits in a millisecond: some 198 in two of them */
	while (shim_cycle__hit(&cycle) != SHIM_CYCLE_ASK)
		n++;
	assert_in_range(n, 196, 199);
	/* Nothing is spent while none is counted. */
	assert_int_equal(shim_cycle__spend(&cycle, UINT64_MAX / 2), SHIM_CYCLE_GO_ON);
}

/* Short cycles are counted many at once, and long ones one by one. */
static void there_are_as_many_as_they_cost(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	for (unsigned i = 0; i < 20; i++) {
		shim_cycle__begin(&cycle, 100000);
		(void)shim_cycle__spend(&cycle, 10 * cycle.wanted);
		shim_cycle__end(&cycle, true, 1000);
	}
	assert_in_range(cycle.wanted, 80, 100);
	for (unsigned i = 0; i < 20; i++) {
		shim_cycle__begin(&cycle, 100000);
		(void)shim_cycle__spend(&cycle, 3000 * cycle.wanted);
		shim_cycle__end(&cycle, true, 1000);
	}
	assert_int_equal(cycle.wanted, 1);
	assert_false(shim_cycle__is_too_long(&cycle));
}

static void single_cycles_may_be_too_long(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	cycle.wanted = 10;
	shim_cycle__end(&cycle, false, 1000);
	assert_int_equal(cycle.n_given_up, 0); /* there were several */
	shim_cycle__end(&cycle, false, 1000);
	assert_false(shim_cycle__is_too_long(&cycle));
	shim_cycle__end(&cycle, false, 1000);
	assert_true(shim_cycle__is_too_long(&cycle));
	cycle.n = 1000;
	assert_false(shim_cycle__is_too_long(&cycle));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cycles_end_with_the_reference),
		cmocka_unit_test(the_next_ones_are_planned_in_hits),
		cmocka_unit_test(there_are_as_many_as_they_cost),
		cmocka_unit_test(single_cycles_may_be_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

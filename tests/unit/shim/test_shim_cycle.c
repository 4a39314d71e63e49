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

/* A burst of hits tells nothing of the hits that follow: these may take for ever to be as many. */
static void bursts_are_not_believed(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	for (unsigned i = 0; i < 100; i++)
		(void)shim_cycle__hit(&cycle);
	shim_cycle__plan(&cycle, 1e3, 1e8, 0.5); /* 100 hits in a microsecond, and ten million in the time to wait */
	assert_in_range(cycle.countdown, 100, 1000);
	for (unsigned i = 0; i < 100; i++)
		(void)shim_cycle__hit(&cycle);
	shim_cycle__plan(&cycle, 2e3, 1e8, 0.5);
	assert_in_range(cycle.countdown, 400, 2000);
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

/* Counts cycles that cost so much, to their end or not. */
static void count(struct shim_cycle *cycle, uint64_t cost, bool ended)
{
	shim_cycle__begin(cycle, 100000);
	(void)shim_cycle__spend(cycle, cost);
	shim_cycle__end(cycle, ended, 1000);
}

static void cycles_may_be_too_long(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	cycle.wanted = 10;
	shim_cycle__begin(&cycle, 100000);
	(void)shim_cycle__spend(&cycle, 100001);
	shim_cycle__try_again(&cycle); /* other functions were too dear */
	assert_int_equal(cycle.wanted, 1);
	assert_int_equal(cycle.n_given_up, 0);
	count(&cycle, 100001, false);
	assert_false(shim_cycle__is_too_long(&cycle));
	count(&cycle, 100001, false);
	assert_true(shim_cycle__is_too_long(&cycle));
	/* A few do no harm. */
	for (unsigned i = 0; i < 30; i++)
		count(&cycle, 90000, true);
	assert_false(shim_cycle__is_too_long(&cycle));
}

/* One call of a hundred has the long loop, and with it nearly all hits: the other ones tell nothing. */
static void what_is_in_few_cycles_must_not_be_lost(void **state)
{
	struct shim_cycle cycle;

	(void)state;
	shim_cycle__refer(&cycle, 0, 0, 1e5);
	for (unsigned i = 0; i < 200; i++) {
		count(&cycle, i % 100 == 99 ? 100001 : 1000, i % 100 != 99);
		assert_int_equal(shim_cycle__is_too_long(&cycle), i >= 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cycles_end_with_the_reference),
		cmocka_unit_test(the_next_ones_are_planned_in_hits),
		cmocka_unit_test(bursts_are_not_believed),
		cmocka_unit_test(there_are_as_many_as_they_cost),
		cmocka_unit_test(cycles_may_be_too_long),
		cmocka_unit_test(what_is_in_few_cycles_must_not_be_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

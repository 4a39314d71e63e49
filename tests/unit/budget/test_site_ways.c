// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/site_ways.h"
#include "unit/test.h"

#define SITES 4

/* Site 0 goes round, or to site 1; that one goes back to 0, or elsewhere; site 3 leads to 2 by both ways. */
static void make(struct site_ways *ways)
{
	static const struct site_way items[2 * SITES] = {
		{1, 0}, {2, 1}, {3, 0}, {4, SITE_WAYS_ELSEWHERE}, {0, SITE_WAYS_ELSEWHERE}, {0, SITE_WAYS_ELSEWHERE},
		{5, 2}, {6, 2},
	};

	assert_int_equal(site_ways__init(ways, SITES), 0);
	for (int i = 0; i < 2 * SITES; i++)
		ways->items[i] = items[i];
}

static void instructions_tell_the_least(void **state)
{
	static const uint32_t sites[] = {0, 3};
	static const uint64_t counts[] = {10, 20, 30, 40};
	struct site_ways ways;

	(void)state;
	make(&ways);
	assert_true(site_ways__least_ns(&ways, sites, 2, counts) == 10 + 2 * 20 + 5 * 30 + 6 * 40);
	assert_true(site_ways__least_ns(&ways, sites, 0, counts) == 0);
	site_ways__release(&ways);
}

static void ways_are_closed_by_their_counts(void **state)
{
	static const uint32_t sites[] = {0, 1}, alone[] = {0};
	static const uint64_t round[] = {100, 50, 48, 2}, often[] = {100, 50, 10, 40}, out[] = {80, 20};
	struct site_ways ways;

	(void)state;
	make(&ways);
	assert_true(site_ways__are_closed(&ways, sites, 2, round));
	assert_false(site_ways__are_closed(&ways, sites, 2, often));
	/* Site 1 is not in this window, nor is it remembered from the last one. */
	assert_false(site_ways__are_closed(&ways, alone, 1, out));
	site_ways__release(&ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_tell_the_least),
		cmocka_unit_test(ways_are_closed_by_their_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

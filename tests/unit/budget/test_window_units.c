// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>

#include "budget/window_units.h"
#include "unit/test.h"

#define N 300

/* Sites 100, 101, ... with the loads. */
static struct window_units units_of(const double *loads, uint32_t n)
{
	struct window_units units = {0};
	struct window_site sites[N];

	for (uint32_t i = 0; i < n; i++)
		sites[i] = (struct window_site){100 + i, loads[i]};
	assert_int_equal(window_units__make(&units, sites, n), 0);
	return units;
}

static void check_unit(const struct window_unit *unit, const char *sites, bool violent)
{
	char text[64];
	size_t length = 0;

	for (uint32_t i = 0; i < unit->n; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%u ", unit->sites[i]);
	assert_string_equal(text, sites);
	assert_int_equal(unit->violent, violent);
}

static void light_sites_are_put_in_together(void **state)
{
	static const double loads[] = {0.1, 0, 0.05, 0.02};
	struct window_units units = units_of(loads, 4);

	(void)state;
	assert_int_equal(units.n, 1);
	check_unit(&units.items[0], "100 101 102 103 ", false);
	window_units__release(&units);
}

static void a_few_gentle_windows_are_better_than_a_violent_one(void **state)
{
	static const double loads[] = {0.2, 0.01, 0.2, 0.6};
	struct window_units units = units_of(loads, 4);

	(void)state;
	assert_int_equal(units.n, 3);
	check_unit(&units.items[0], "103 ", false);
	check_unit(&units.items[1], "100 ", false);
	check_unit(&units.items[2], "101 102 ", false);
	window_units__release(&units);
}

/* Site 101 is in a loop of some nanoseconds: what counts in its window is scaled by the sites that are seen less. */
static void a_hot_loop_has_anchors(void **state)
{
	static const double loads[] = {0.6, 100, 0.2, 0.03, 0.02, 0.65, 0};
	struct window_units units = units_of(loads, 7);

	(void)state;
	assert_int_equal(units.n, 4);
	check_unit(&units.items[0], "100 101 102 103 104 105 ", true);
	check_unit(&units.items[1], "105 ", false);
	check_unit(&units.items[2], "100 ", false);
	check_unit(&units.items[3], "102 103 104 106 ", false);
	window_units__release(&units);
}

/* A loop in a loop in a loop: each window has sites that are seen in the next one as well. */
static void a_ladder_leads_to_the_anchors(void **state)
{
	static const double loads[] = {0.01, 4000, 30, 0.005, 3};
	struct window_units units = units_of(loads, 5);

	(void)state;
	assert_int_equal(units.n, 3);
	check_unit(&units.items[0], "101 102 104 ", true);
	check_unit(&units.items[1], "100 102 103 104 ", true);
	check_unit(&units.items[2], "100 103 ", false);
	window_units__release(&units);
}

/* Not all sites of medium load can have windows of their own. Those that are hardly ever hit are watched as well. */
static void no_site_is_left_out(void **state)
{
	double loads[N] = {1000};
	struct window_units units;
	bool has[N] = {false};

	(void)state;
	for (uint32_t i = 1; i < 60; i++)
		loads[i] = i < 30 ? 0.2 - 0.005 * i : 0;
	units = units_of(loads, 60);
	for (size_t u = 0; u < units.n; u++)
		for (uint32_t i = 0; i < units.items[u].n; i++)
			has[units.items[u].sites[i] - 100] = true;
	for (uint32_t i = 0; i < 60; i++)
		assert_true(has[i]);
	window_units__release(&units);
}

static void no_window_has_too_many_sites(void **state)
{
	double loads[N] = {2};
	struct window_units units = units_of(loads, N);

	(void)state;
	assert_int_equal(units.n, 3);
	check_unit(&units.items[0], "100 ", true);
	assert_int_equal(units.items[1].n, WINDOW_UNITS_SITES);
	assert_int_equal(units.items[2].n, N - 1 - WINDOW_UNITS_SITES);
	window_units__release(&units);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(light_sites_are_put_in_together),
		cmocka_unit_test(a_few_gentle_windows_are_better_than_a_violent_one),
		cmocka_unit_test(a_hot_loop_has_anchors),
		cmocka_unit_test(a_ladder_leads_to_the_anchors),
		cmocka_unit_test(no_site_is_left_out),
		cmocka_unit_test(no_window_has_too_many_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

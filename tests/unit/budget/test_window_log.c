// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "budget/window_log.h"
#include "unit/test.h"

static void add(struct window_log *log, uint32_t first, uint32_t n, uint64_t count, double own_ns, double doubt_ns,
		double price_ns)
{
	uint32_t *sites = calloc(n, sizeof(*sites));
	uint64_t *counts = calloc((size_t)2 * n, sizeof(*counts));

	for (uint32_t i = 0; i < n; i++) {
		sites[i] = first + i;
		counts[(size_t)2 * i] = count + i;
	}
	assert_int_equal(window_log__add(log, &(struct window){.sites = sites,
							       .counts = counts,
							       .n = n,
							       .own_ns = own_ns,
							       .doubt_ns = doubt_ns,
							       .price_ns = price_ns}),
			 0);
	free(sites);
	free(counts);
}

/* How many windows SET stands for, and the time that they covered. */
static double total(const struct window_set *set, double *time_ns)
{
	double windows = 0;

	*time_ns = 0;
	for (uint32_t b = 0; b < set->n_sums; b++) {
		*time_ns += window_sum__time_ns(&set->sums[b]);
		windows += set->sums[b].windows;
	}
	return windows;
}

static void windows_of_equal_sites_are_a_set(void **state)
{
	struct window_log *log = window_log__new(10);

	(void)state;
	add(log, 2, 3, 7, 1000, 10, 200);
	add(log, 2, 2, 8, 1000, 10, 200);
	add(log, 2, 3, 9, 3000, 30, 600);
	assert_int_equal(window_log__n_sets(log), 2);
	assert_int_equal(window_log__set(log, 0)->n, 3);
	assert_int_equal(window_log__set(log, 0)->n_sums, 2);
	assert_int_equal(window_log__set(log, 0)->sites[2], 4);
	assert_true(window_log__set(log, 0)->sums[0].counts[4] == 9);
	assert_true(window_log__set(log, 0)->sums[1].counts[4] == 11);
	assert_true(window_log__set(log, 0)->sums[1].counts[5] == 0);
	assert_true(window_log__set(log, 0)->sums[1].own_ns == 3000);
	assert_int_equal(window_log__set(log, 1)->n_sums, 1);
	window_log__free(log);
}

/* However many windows there are, sums are few, stand for all, and for equal numbers but for the last. */
static void long_runs_take_no_more_room(void **state)
{
	struct window_log *log = window_log__new(3);

	(void)state;
	for (uint32_t n = 1; n <= 10000; n++) {
		const struct window_set *set;
		double time_ns;

		add(log, 0, 3, n, 1000, 10, 200);
		set = window_log__set(log, 0);
		assert_true(total(set, &time_ns) == n && fabs(time_ns - 1000.0 * n) < 1e-6 * time_ns);
		assert_true(set->n_sums <= WINDOW_LOG_MOST &&
			    (n <= WINDOW_LOG_MOST / 2 || set->n_sums > WINDOW_LOG_MOST / 2));
		for (uint32_t b = 0; b + 1 < set->n_sums; b++)
			assert_true(set->sums[b].windows == set->sums[0].windows);
	}
	/* The first sum: 128 windows, with the mean of their counts. */
	assert_true(window_log__set(log, 0)->sums[0].windows == 128);
	assert_true(window_log__set(log, 0)->sums[0].counts[0] == 128 * 129 / 2);
	window_log__free(log);
}

/* Dense hits make the own time of a window short: that must not make them count less. */
static void joined_windows_have_the_mean_rate(void **state)
{
	struct window_log *log = window_log__new(1);
	const struct window_sum *sum;

	(void)state;
	for (int k = 0; k < WINDOW_LOG_MOST; k++) {
		add(log, 0, 1, 800, 8000, 80, 2000);
		add(log, 0, 1, 0, 10000, 0, 0);
	}
	sum = &window_log__set(log, 0)->sums[0];
	assert_true(sum->windows == 2 && sum->own_ns == 18000);
	assert_true(sum->counts[0] > 899.9F && sum->counts[0] < 900.1F);
	window_log__free(log);

	/* A time that is not known is positive all the same, however wrong the price was. */
	log = window_log__new(1);
	for (int k = 0; k < WINDOW_LOG_MOST; k++) {
		add(log, 0, 1, 300, 0, 500, 10000);
		add(log, 0, 1, 100, 0, 500, 10000);
	}
	sum = &window_log__set(log, 0)->sums[0];
	assert_true(sum->windows == 2 && window_sum__time_ns(sum) > 797 && window_sum__time_ns(sum) < 799);
	assert_true(window_sum__doubt(sum) == 3 && sum->counts[0] > 399.9F && sum->counts[0] < 400.1F);
	window_log__free(log);

	/* A window in which the target slept is no observation like others. */
	log = window_log__new(1);
	for (int k = 0; k < WINDOW_LOG_MOST; k++) {
		add(log, 0, 1, 1000, 10000, 0, 0);
		add(log, 0, 1, 1, 1, 0, 0);
	}
	sum = &window_log__set(log, 0)->sums[0];
	assert_true(sum->windows == 2 && sum->counts[0] < 1010);
	window_log__free(log);
}

/* A scheduler that never chooses the same sites twice does not fill the memory. */
static void sets_are_forgotten(void **state)
{
	struct window_log *log = window_log__new(200);
	bool last = false;

	(void)state;
	for (uint32_t n = 0; n < 20000; n++)
		add(log, n % 199, 1 + n % 97 % (200 - n % 199), 5, 1000, 10, 200);
	for (uint32_t n = 0; n < 20000; n++)
		add(log, 7, 100, 5, 1000, 10, 200);
	assert_true(window_log__n_sets(log) < 10000);
	for (size_t i = 0; i < window_log__n_sets(log); i++)
		last |= window_log__set(log, i)->sites[0] == 7 && window_log__set(log, i)->n == 100;
	assert_true(last);
	window_log__free(log);

	/* One set is never forgotten, however large. */
	log = window_log__new(0);
	for (int k = 0; k < 50; k++)
		add(log, 0, 1000, 1, 1000, 10, 200);
	add(log, 0, 999, 1, 1000, 10, 200);
	assert_int_equal(window_log__n_sets(log), 1);
	assert_int_equal(window_log__set(log, 0)->n, 999);
	window_log__free(log);
}

/* Instructions tell the time between hits only where hits take nearly all of the time. */
static void a_hit_or_two_of_a_sleeper_tell_no_time(void **state)
{
	static const uint32_t site = 1;
	static const uint64_t counts[] = {2, 0};
	struct window window = {
		.sites = &site, .counts = counts, .n = 1, .own_ns = 1e4, .doubt_ns = 2e4, .least_ns = 5};
	struct window_log *log = window_log__new(10);

	(void)state;
	window.price_ns = 2000;
	assert_int_equal(window_log__add(log, &window), 0);
	assert_true(window_log__set(log, 0)->sums[0].executed_ns == 0);
	assert_true(window_log__set(log, 0)->sums[0].dense_doubt_ns == 0);
	assert_true(window_log__set(log, 0)->sums[0].told_ns == 1e4);
	window.price_ns = 1e5;
	assert_int_equal(window_log__add(log, &window), 0);
	assert_true(window_log__set(log, 0)->sums[1].executed_ns > 0);
	assert_true(window_log__set(log, 0)->sums[1].told_ns < 5);
	window_log__free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_of_equal_sites_are_a_set),	  cmocka_unit_test(long_runs_take_no_more_room),
		cmocka_unit_test(joined_windows_have_the_mean_rate),	  cmocka_unit_test(sets_are_forgotten),
		cmocka_unit_test(a_hit_or_two_of_a_sleeper_tell_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

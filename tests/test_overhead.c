// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "overhead.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All figures are sums of powers of two and so exact. */
static void assert_exactly(double x, double y)
{
	if (x < y || x > y)
		fail_msg("%g is not %g", x, y);
}

/* A path that was arrived at N times and on which the probes had FACTOR of their calibrated cost. */
static struct overhead_sample path(uint64_t n, double factor)
{
	return (struct overhead_sample){
		.arrivals = n, .wall_ns = 1024 * factor + 64, .probe_ns = 1024, .static_ns = 64};
}

static void assert_scale(struct overhead_sample *samples, size_t n, double scale)
{
	assert_exactly(overhead__scale(samples, n), scale);
}

static void one_path_says_it_all(void **state)
{
	struct overhead_sample sample = path(1000, 0.75);

	(void)state;
	assert_scale(&sample, 1, 0.75);
}

static void is_never_above_one_or_below_zero(void **state)
{
	struct overhead_sample dearer = path(1000, 1.5), negative = path(1000, -0.5);

	(void)state;
	assert_scale(&dearer, 1, 1);
	assert_scale(&negative, 1, 0);
}

static void without_enough_arrivals_it_is_one(void **state)
{
	struct overhead_sample few[] = {path(99, 0.5), path(99, 0.25)}, enough = path(100, 0.5);

	(void)state;
	assert_scale(NULL, 0, 1);
	assert_scale(few, COUNT(few), 1);
	assert_scale(&enough, 1, 0.5);
}

static void paths_without_a_probe_do_not_count(void **state)
{
	struct overhead_sample samples[] = {path(100000, 0.25), path(100, 0.5)};

	(void)state;
	samples[0].probe_ns = 0;
	assert_scale(samples, COUNT(samples), 0.5);
	assert_scale(samples, 1, 0.5); /* reordered: what counts is now the first */
}

static void rare_paths_do_not_count(void **state)
{
	/* The ten rare ones would be a tenth if they were taken together. */
	struct overhead_sample samples[11];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		samples[i] = path(99, 0.125);
	samples[10] = path(1000, 0.5);
	assert_scale(samples, COUNT(samples), 0.5);
}

static void tenth_percentile_by_arrivals(void **state)
{
	struct overhead_sample at[] = {path(600, 0.75), path(100, 0.25), path(300, 0.5)};
	struct overhead_sample above[] = {path(601, 0.75), path(100, 0.25), path(300, 0.5)};
	struct overhead_sample many[] = {path(100, 0.125), path(1800, 0.75), path(100, 0.25), path(100, 0.5)};

	(void)state;
	assert_scale(at, COUNT(at), 0.25);
	assert_scale(above, COUNT(above), 0.5);
	assert_scale(many, COUNT(many), 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_path_says_it_all),
		cmocka_unit_test(is_never_above_one_or_below_zero),
		cmocka_unit_test(without_enough_arrivals_it_is_one),
		cmocka_unit_test(paths_without_a_probe_do_not_count),
		cmocka_unit_test(rare_paths_do_not_count),
		cmocka_unit_test(tenth_percentile_by_arrivals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

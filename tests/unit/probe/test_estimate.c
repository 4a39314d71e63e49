// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdbool.h>

#include "probe/estimate.h"
#include "unit/test.h"

#define UNKNOWN -1.0 /* static cost */

static void assert_within(double x, double lo, double hi)
{
	if (!(x >= lo && x <= hi))
		fail_msg("%g is not between %g and %g", x, lo, hi);
}

/*
 * A run of ten seconds, nine of them in probes according to the price, and sampled each millisecond. SCALE times as
 * many samples as the price predicts hit the probes.
 */
static struct estimate_run run_of(double scale)
{
	return (struct estimate_run){
		.cpu_ns = 10e9,
		.probe_ns = 9e9,
		.price_doubt = 0.01,
		.n_samples = 10000,
		.sampled_ns = 10e9,
		.sampled_probe_ns = 9e9 * scale,
	};
}

static struct estimate_run without_samples(void)
{
	return (struct estimate_run){.cpu_ns = 10e9, .probe_ns = 9e9, .price_doubt = 0.01};
}

static struct attribute_edge estimate(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run)
{
	struct estimate_scale scale = estimate__scale(run);

	return estimate__edge(edge, static_ns, run, &scale, false);
}

static void without_samples_prices_are_as_calibrated(void **state)
{
	struct estimate_run run = without_samples();
	struct estimate_scale scale = estimate__scale(&run);

	(void)state;
	assert_within(scale.factor, 1 - 1e-9, 1 + 1e-9);
	assert_within(scale.doubt, 0.05, 0.1);
	run.price_doubt = 0.5;
	assert_within(estimate__scale(&run).doubt, 0.5, 0.6);
	/* A few samples prove nothing. */
	run.n_samples = 3;
	run.sampled_ns = run.sampled_probe_ns = 3e6;
	assert_within(estimate__scale(&run).factor, 1 - 1e-9, 1 + 1e-9);
}

/* The more samples there are, the more weight they get. */
static void samples_correct_the_prices(void **state)
{
	struct estimate_run run = run_of(0.9);
	struct estimate_scale many = estimate__scale(&run), few;

	(void)state;
	assert_within(many.factor, 0.9, 0.94);
	assert_within(many.doubt, 0.005, 0.03);
	run.n_samples = 100;
	few = estimate__scale(&run);
	assert_within(few.factor, many.factor, 0.99);
	assert_true(few.doubt > many.doubt);
	/* If half of the samples were lost, the others stand for all of the time. */
	run = run_of(0.9);
	run.n_samples /= 2;
	run.sampled_ns /= 2;
	run.sampled_probe_ns /= 2;
	assert_within(estimate__scale(&run).factor, many.factor - 0.01, many.factor + 0.01);
}

/* A low share of samples in probes has a low variance, but that does not make it right. */
static void opinions_that_contradict_each_other_are_doubtful(void **state)
{
	struct estimate_run run = run_of(0.02);
	struct estimate_scale scale = estimate__scale(&run);

	(void)state;
	assert_true(scale.factor > 0.1);
	assert_true(scale.doubt > 1);
	run = run_of(1.1);
	assert_within(estimate__scale(&run).doubt, 0.005, 0.02);
}

/* If the instructions tell how much time is the program's own, the rest is the probes'. */
static void plain_edges_correct_the_prices(void **state)
{
	const struct lprof_edge plain = {.departures = 1000000, .times = {.cpu_ns = 663000000, .probe_ns = 700000000}};
	const struct lprof_edge other = {.departures = 1000000, .times = {.cpu_ns = 963000000, .probe_ns = 700000000}};
	const struct lprof_edge rare = {.departures = 1, .times = {.cpu_ns = 1400, .probe_ns = 700}};
	struct estimate_run run = without_samples();
	struct estimate_scale scale;

	(void)state;
	estimate_run__add(&run, &plain, 3);
	estimate_run__add(&run, &other, UNKNOWN);
	scale = estimate__scale(&run);
	assert_within(scale.factor, 660.0 / 700, 0.95);
	assert_within(scale.doubt, 0.01, 0.02);
	/* An edge that was passed only a few times proves nothing. */
	run = without_samples();
	estimate_run__add(&run, &rare, 3);
	assert_within(estimate__scale(&run).factor, 1, 1.0001);
}

static void long_calls_are_as_measured(void **state)
{
	/* Each passage takes a hundred milliseconds, of which the probe takes one microsecond. */
	const struct lprof_edge edge = {
		.departures = 10, .arrivals = 10, .times = {.cpu_ns = 1000000000, .probe_ns = 10000}};
	const struct estimate_run run = without_samples();
	struct attribute_edge result = estimate(&edge, UNKNOWN, &run);

	(void)state;
	assert_int_equal(result.departures, 10);
	assert_int_equal(result.arrivals, 10);
	assert_within(result.time.ns, 999989000, 999991000);
	assert_within(result.time.doubt_ns, 100, 2000);
}

/* A million passages of 20 ns each. The probe really costs 700 ns, but its price is said to be 750. */
static struct lprof_edge short_passages(void)
{
	return (struct lprof_edge){
		.departures = 1000000, .arrivals = 1000000, .times = {.cpu_ns = 720000000, .probe_ns = 750000000}};
}

static void what_is_short_has_its_doubt(void **state)
{
	struct lprof_edge edge = short_passages();
	struct estimate_run run = without_samples();
	struct attribute_edge result = estimate(&edge, UNKNOWN, &run);

	(void)state;
	/* A negative time becomes zero, with the uncertainty of the price. */
	assert_within(result.time.ns, 0, 0);
	assert_within(result.time.doubt_ns, 30e6, 100e6);

	/* Samples correct this: thirty samples, a millisecond apart, some of them at the edges of the probes. */
	run = run_of(700.0 / 750);
	edge.times.program_ns = 30000000;
	result = estimate(&edge, UNKNOWN, &run);
	assert_within(result.time.ns, 10e6, 30e6);
	assert_within(result.time.doubt_ns, 5e6, 25e6);
}

static void instructions_tell_what_they_can(void **state)
{
	struct lprof_edge edge = short_passages();
	struct estimate_run run = without_samples();
	struct attribute_edge result = estimate(&edge, 3, &run);

	(void)state;
	assert_within(result.time.ns, 1e6, 5e6);
	assert_within(result.time.doubt_ns, 1e6, 4e6);
}

/*
 * Time off the processor is measured, not estimated. Sleeping belongs to the line; waiting for a processor does not.
 */
static void time_off_the_processor(void **state)
{
	const struct lprof_edge edge = {
		.departures = 1,
		.arrivals = 1,
		.times = {.cpu_ns = 5000000, .blocked_ns = 300000000, .waiting_ns = 20000000, .probe_ns = 1000}};
	const struct estimate_run run = without_samples();
	const struct estimate_scale scale = estimate__scale(&run);
	struct attribute_edge wall = estimate__edge(&edge, UNKNOWN, &run, &scale, false);
	struct attribute_edge cpu = estimate__edge(&edge, UNKNOWN, &run, &scale, true);

	(void)state;
	assert_within(wall.time.ns, 304998900, 304999100);
	assert_within(wall.time.blocked_ns, 300000000, 300000000);
	assert_within(wall.time.waiting_ns, 20000000, 20000000);
	assert_within(cpu.time.ns, 4998900, 4999100);
	assert_within(cpu.time.blocked_ns, 0, 0);
	assert_within(cpu.time.waiting_ns, 20000000, 20000000);
}

/* Clocks that are read one after the other differ a little, so differences can be negative. */
static void less_than_nothing_is_nothing(void **state)
{
	const struct lprof_edge edge = {.departures = 5,
					.times = {.cpu_ns = (uint64_t)-200,
						  .blocked_ns = (uint64_t)-50,
						  .waiting_ns = (uint64_t)-3,
						  .probe_ns = 700}};
	const struct estimate_run run = run_of(1);
	struct attribute_edge result = estimate(&edge, 2, &run);

	(void)state;
	assert_int_equal(result.departures, 5);
	assert_within(result.time.ns, 0, 0);
	assert_within(result.time.doubt_ns, 200, 200);
	assert_within(result.time.blocked_ns, 0, 0);
	assert_within(result.time.waiting_ns, 0, 0);
}

/* An edge out of the function ends at no probe. */
static void what_nothing_measures_is_told_by_its_instructions(void **state)
{
	const struct lprof_edge edge = {.departures = 1000}, never = {0};
	const struct estimate_run run = run_of(1);
	struct attribute_edge result = estimate(&edge, 3, &run);

	(void)state;
	assert_within(result.time.ns, 3000, 3000);
	assert_within(2 * result.time.doubt_ns, 3000, 10000);
	result = estimate(&edge, UNKNOWN, &run);
	assert_within(result.time.ns, 0, 0);
	assert_within(result.time.doubt_ns, 1000, 10000);
	result = estimate(&never, 3, &run);
	assert_within(result.time.ns + result.time.doubt_ns, 0, 0);
}

/* However much the sources disagree, the result is never below zero or above the elapsed time. */
static void bounds_hold(void **state)
{
	const struct estimate_run run = run_of(1);

	(void)state;
	for (double program = 0; program < 5e9; program = 2 * program + 1e6) {
		struct lprof_edge edge = short_passages();
		struct attribute_edge result;

		edge.times.program_ns = (uint64_t)program;
		result = estimate(&edge, UNKNOWN, &run);
		assert_within(result.time.ns, 0, 720e6);
		assert_true(result.time.doubt_ns > 0 && isfinite(result.time.doubt_ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_samples_prices_are_as_calibrated),
		cmocka_unit_test(samples_correct_the_prices),
		cmocka_unit_test(opinions_that_contradict_each_other_are_doubtful),
		cmocka_unit_test(plain_edges_correct_the_prices),
		cmocka_unit_test(long_calls_are_as_measured),
		cmocka_unit_test(what_is_short_has_its_doubt),
		cmocka_unit_test(instructions_tell_what_they_can),
		cmocka_unit_test(time_off_the_processor),
		cmocka_unit_test(less_than_nothing_is_nothing),
		cmocka_unit_test(what_nothing_measures_is_told_by_its_instructions),
		cmocka_unit_test(bounds_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

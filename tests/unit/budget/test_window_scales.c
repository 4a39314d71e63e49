// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target is simulated that goes round a hot loop, hit once a round, and then does something without probes. So its
 * own time is known exactly, and so are the rates. In windows it is known as badly as in reality.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "budget/window_scales.h"
#include "unit/test.h"

#define PRICE_NS  500.0
#define DOUBT	  0.15 /* of the price */
#define LIMIT	  800  /* hits after which a window ends */
#define ROUND_NS  1.3  /* what a round takes, ... */
#define LEAST_NS  2.0  /* ... if its instructions take 0.65 of what they are said to */
#define N_WINDOWS 60

enum { LOOP, RARE, SITES };

/* What the target does by turns. */
struct program {
	double hot_ns;	     /* in the loop, what it calls included */
	double quiet_ns;     /* without a hit */
	double elsewhere_ns; /* in each round, in what it calls */
};

static double random_part(void)
{
	return rand() / (RAND_MAX + 1.0);
}

/* About normal, with mean 0 and variance 1. */
static double noise(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_part();
	return sum;
}

/* From a random moment until there were LIMIT hits: returns the own time until then. */
static double run(const struct program *program)
{
	double round_ns = ROUND_NS + program->elsewhere_ns, own_ns = 0;
	double at = random_part() * (program->hot_ns + program->quiet_ns);

	for (double left = LIMIT;;) {
		double rounds = fmax(program->hot_ns - at, 0) / round_ns;

		if (rounds >= left)
			return own_ns + left * round_ns;
		left -= rounds;
		own_ns += program->hot_ns + program->quiet_ns - at;
		at = 0;
	}
}

static void add(struct window_log *log, const uint32_t *sites, const uint64_t *counts, uint32_t n, double own_ns,
		double price_ns, double least_ns)
{
	const struct window window = {
		.sites = sites,
		.counts = counts,
		.n = n,
		.own_ns = own_ns,
		.price_ns = price_ns,
		.doubt_ns = DOUBT * price_ns + 1,
		.least_ns = least_ns,
	};

	assert_int_equal(window_log__add(log, &window), 0);
}

/* The price is wrong by the same part in all windows of a run. */
static struct window_log *simulate(const struct program *program, unsigned seed)
{
	static const uint32_t sites[] = {LOOP, RARE};
	static const uint64_t counts[] = {LIMIT, 0, 0, 0};
	struct window_log *log = window_log__new(SITES);
	double wrong;

	srand(seed);
	wrong = noise() * DOUBT / 2;
	for (int i = 0; i < N_WINDOWS; i++)
		add(log, sites, counts, 2, run(program) + (wrong + 0.02 * noise()) * LIMIT * PRICE_NS, LIMIT * PRICE_NS,
		    LIMIT * LEAST_NS);
	return log;
}

/* The mean rate of the loop in the set of all windows. */
static double rate_of(const struct window_log *log)
{
	const struct window_set *set = window_log__set(log, 0);
	double sum = 0;

	for (uint32_t b = 0; b < set->n_sums; b++) {
		assert_true(set->sums[b].judged);
		sum += (double)set->sums[b].counts[0] / set->sums[b].own_ns;
	}
	return sum / set->n_sums;
}

/* How far the logarithm of the rate is off, in the mean of several runs and at most. */
static void compare(const struct program *program, double *mean, double *worst)
{
	double cycle_ns = program->hot_ns + program->quiet_ns, round_ns = ROUND_NS + program->elsewhere_ns;
	double share = program->hot_ns / cycle_ns * ROUND_NS / round_ns;

	*mean = *worst = 0;
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct window_log *windows = simulate(program, seed);
		double off;

		assert_int_equal(window_scales__correct(windows, SITES, share), 0);
		off = log(rate_of(windows) * cycle_ns * round_ns / program->hot_ns);
		*mean += off / 50;
		*worst = fmax(*worst, fabs(off));
		window_log__free(windows);
	}
}

/* Most windows begin where there are no probes, and see the loop at their end only. */
static void windows_that_begin_in_quiet_are_told_apart(void **state)
{
	static const struct program programs[] = {
		{.hot_ns = 1e5, .quiet_ns = 3e5}, {.hot_ns = 1e6, .quiet_ns = 1e6}, {.hot_ns = 1e4, .quiet_ns = 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		double mean, worst;

		compare(&programs[i], &mean, &worst);
		assert_true(fabs(mean) < 0.1); /* the number of windows that begin in the loop is random */
		assert_true(worst < 1);
	}
}

/* Thirty nanoseconds in what each round calls: the difference does not show them, but the samples do. */
static void what_is_called_between_hits_is_told_by_samples(void **state)
{
	const struct program program = {.hot_ns = 1e6, .quiet_ns = 0, .elsewhere_ns = 28.7};
	double mean, worst;

	(void)state;
	compare(&program, &mean, &worst);
	assert_true(worst < 0.3);
}

/* Without samples nothing tells that, so the times are said to be less certain. */
static void without_samples_there_is_more_doubt(void **state)
{
	const struct program program = {.hot_ns = 1e6, .quiet_ns = 0};
	struct window_log *sampled = simulate(&program, 1), *other = simulate(&program, 1);
	const struct window_sum *a, *b;

	(void)state;
	assert_int_equal(window_scales__correct(sampled, SITES, 1), 0);
	assert_int_equal(window_scales__correct(other, SITES, 0), 0);
	a = window_log__set(sampled, 0)->sums;
	b = window_log__set(other, 0)->sums;
	assert_true(fabs(a->own_ns - LIMIT * ROUND_NS) < 1e-6 && fabs(b->own_ns - a->own_ns) < 1e-6);
	assert_true(window_sum__doubt(a) > 0.3 && window_sum__doubt(a) < 0.4 && window_sum__doubt(b) > 0.9);
	window_log__free(sampled);
	window_log__free(other);
}

/* Neither a time that was measured well nor one of a set that lacks the hottest site is told by instructions. */
static void other_sets_are_left_as_they_are(void **state)
{
	static const uint32_t rare[] = {RARE};
	static const uint64_t few[] = {20, 0}, many[] = {LIMIT, 0};
	const struct program program = {.hot_ns = 1e6, .quiet_ns = 0};
	struct window_log *log = simulate(&program, 1);
	const struct window_set *set;

	(void)state;
	for (int i = 0; i < N_WINDOWS; i++)
		add(log, rare, i % 2 ? few : many, 1, i % 2 ? 1e6 : 3000, (i % 2 ? 20 : LIMIT) * PRICE_NS, 100);
	assert_int_equal(window_scales__correct(log, SITES, 1), 0);
	assert_true(window_log__set(log, 0)->sums[0].judged);
	set = window_log__set(log, 1);
	for (uint32_t b = 0; b < set->n_sums; b++)
		assert_true(!set->sums[b].judged && fabs(set->sums[b].own_ns - (b % 2 ? 1e6 : 3000)) < 1e-6);
	window_log__free(log);

	log = window_log__new(SITES);
	for (int i = 0; i < N_WINDOWS; i++)
		add(log, rare, few, 1, 5e3, 20 * PRICE_NS, 40);
	assert_int_equal(window_scales__correct(log, SITES, 1), 0);
	assert_true(!window_log__set(log, 0)->sums[0].judged);
	window_log__free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_that_begin_in_quiet_are_told_apart),
		cmocka_unit_test(what_is_called_between_hits_is_told_by_samples),
		cmocka_unit_test(without_samples_there_is_more_doubt),
		cmocka_unit_test(other_sets_are_left_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A target is simulated that calls a(), which calls b() 300 times, which goes round a loop 75 times: 0.5 ns a round. So
 * its own time is known exactly, and so are the rates. In windows it is known as badly as in reality.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "budget/window_scales.h"
#include "unit/test.h"

#define CALLS	 300
#define ROUNDS	 75
#define ROUND_NS 0.5
#define PRICE_NS 500.0
#define DOUBT	 0.08 /* of the price */

enum { A, B, LOOP, SITES };

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

/* The first N sites, from a random moment until hits have cost LIMIT_NS, or OPEN_NS have passed. */
static void add_window(struct window_log *log, uint32_t n, double limit_ns, double open_ns)
{
	static const uint32_t sites[] = {A, B, LOOP};
	static const uint64_t periods[] = {CALLS * ROUNDS, ROUNDS, 1};
	uint64_t at = (uint64_t)(random_part() * CALLS * ROUNDS), rounds = 0, counts[2 * SITES] = {0};
	double price_ns = 0;
	struct window window;

	while (price_ns < limit_ns && price_ns + (double)rounds * ROUND_NS < open_ns) {
		const bool hit[] = {at % (CALLS * ROUNDS) == 0, at % ROUNDS == 0, true};
		uint64_t next = periods[n - 1] - at % periods[n - 1]; /* rounds until the next hit */

		for (uint32_t s = 0; s < n; s++) {
			counts[2 * s] += hit[s];
			price_ns += hit[s] * PRICE_NS;
		}
		at += next;
		rounds += next;
	}
	window = (struct window){
		.sites = sites,
		.counts = counts,
		.n = n,
		.own_ns = (double)rounds * ROUND_NS + DOUBT * price_ns * noise(),
		.doubt_ns = DOUBT * price_ns + 1,
		.price_ns = price_ns,
	};
	assert_int_equal(window_log__add(log, &window), 0);
}

/* The mean rate of site S in all windows of the log that have it, weighted by what is known of them. */
static double rate_of(const struct window_log *log, uint32_t site)
{
	double sum = 0, weights = 0;

	for (size_t i = 0; i < window_log__n_sets(log); i++) {
		const struct window_set *set = window_log__set(log, i);

		for (uint32_t b = 0; set->n > site && b < set->n_sums; b++) {
			const struct window_sum *window = &set->sums[b];
			double doubt = window->doubt_ns / window->own_ns, weight = window->own_ns / (doubt * doubt);

			sum += weight * (double)window->counts[2 * site] / window->own_ns;
			weights += weight;
		}
	}
	return sum / weights;
}

/* Half of the windows are in the gentle set, as in reality. */
static struct window_log *simulate(unsigned seed)
{
	struct window_log *log = window_log__new(SITES);

	srand(seed);
	for (int i = 0; i < 10; i++) {
		add_window(log, 1, 1.2e6, 6e6);
		add_window(log, 2, 0.8e6, 10e6);
		add_window(log, 3, 0.8e6, 10e6);
	}
	return log;
}

static void rates_climb_the_ladder(void **state)
{
	double worst = 0, doubt = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 50; seed++) {
		struct window_log *log = simulate(seed);
		double off;

		assert_int_equal(window_scales__correct(log, SITES), 0);
		off = log2(rate_of(log, LOOP) * ROUND_NS);
		worst = fmax(worst, fabs(off));
		for (size_t i = 0; i < window_log__n_sets(log); i++) {
			const struct window_set *set = window_log__set(log, i);

			if (set->n == SITES)
				doubt = fmax(doubt, set->sums[0].doubt_ns / set->sums[0].own_ns);
		}
		window_log__free(log);
	}
	assert_true(worst < 0.3);
	/* Ten windows on each of two rungs might have missed phases: that alone is 0.31 of it. */
	assert_true(doubt < 0.45);
}

/* A window of the first N of the sites A and B, which were hit so many times. */
static void add_both(struct window_log *log, uint32_t n, uint64_t hits_a, uint64_t hits_b, double own_ns,
		     double least_ns, bool closed)
{
	static const uint32_t sites[] = {A, B};
	const uint64_t counts[] = {hits_a, 0, hits_b, 0}, hits = n > 1 ? hits_a + hits_b : hits_a;
	const struct window window = {
		.sites = sites,
		.counts = counts,
		.n = n,
		.own_ns = own_ns,
		.price_ns = (double)hits * PRICE_NS,
		.doubt_ns = DOUBT * (double)hits * PRICE_NS,
		.least_ns = least_ns,
		.closed = closed,
	};

	assert_int_equal(window_log__add(log, &window), 0);
}

static void add_hits(struct window_log *log, uint32_t n, uint64_t hits, double own_ns, double least_ns, bool closed)
{
	add_both(log, n, hits, hits, own_ns, least_ns, closed);
}

/*
 * The gentle set says that A is hit once in a microsecond. In the other one, whose time is lost in the price's doubt,
 * the targets were on known ways only in the first window, in the others elsewhere as well, and in the last one nearly
 * all the time.
 */
static void windows_of_a_set_share_its_time(void **state)
{
	struct window_log *log = window_log__new(SITES);
	const struct window_set *set;

	(void)state;
	for (int i = 0; i < 20; i++)
		add_hits(log, 1, 1000, 1e6, 0, false);
	add_hits(log, 2, 1000, -2000, 2000, true);
	for (int i = 0; i < 8; i++)
		add_hits(log, 2, 1000, i % 2 ? 3000 : -3000, 2000, false);
	add_hits(log, 2, 10, 3e6, 20, false);
	assert_int_equal(window_scales__correct(log, SITES), 0);
	set = window_log__set(log, 1);
	assert_int_equal(set->n, 2);
	for (uint32_t b = 1; b < 9; b++)
		assert_true(fabs(set->sums[b].own_ns / set->sums[0].own_ns - 1) < 0.1);
	/* The last one has what was measured well, and the others no more than was measured of them. */
	assert_true(fabs(set->sums[9].own_ns / 3e6 - 1) < 0.01);
	assert_true(set->sums[0].own_ns <= 2 * DOUBT * 2000 * PRICE_NS + 3000);
	window_log__free(log);
}

/*
 * The gentle set says that A is hit once in a microsecond. In ten windows of the other one A was hit so often, and
 * their own time is lost in the price's doubt. It seems to be FIRST_NS in the first of them, and OTHERS_NS in others.
 */
static void add_lost(struct window_log *log, uint64_t hits_a, double first_ns, double others_ns)
{
	for (int i = 0; i < 20; i++)
		add_hits(log, 1, 1000, 1e6, 0, false);
	for (int i = 0; i < 10; i++)
		add_both(log, 2, hits_a, 2000, i ? others_ns : first_ns, 1500, false);
}

/*
 * Ten windows in which the targets ran for a tenth of a millisecond each, as A's hits say. What was measured is lost in
 * the doubt of the price, but for one of them just not, by chance. That one must not get the time of the others.
 */
static void a_window_that_seems_long_by_chance_is_not(void **state)
{
	const double doubt_ns = DOUBT * 2100 * PRICE_NS;
	struct window_log *log = window_log__new(SITES);
	const struct window_set *set;

	(void)state;
	add_lost(log, 100, 3 * doubt_ns, 0);
	add_both(log, 2, 0, 0, 0, 0, false);
	assert_int_equal(window_scales__correct(log, SITES), 0);
	set = window_log__set(log, 1);
	for (uint32_t b = 0; b < 10; b++)
		assert_true(set->sums[b].own_ns > 0.05e6 && set->sums[b].own_ns < 0.2e6);
	window_log__free(log);
}

/*
 * By A's hits the targets ran for 50 us in ten windows together, but one of them seems to have been as long as that by
 * itself. The others must not be left next to nothing, since their rates would be beyond all measure.
 */
static void a_long_window_leaves_the_others_something(void **state)
{
	const double doubt_ns = DOUBT * 2005 * PRICE_NS;
	struct window_log *log = window_log__new(SITES);
	const struct window_set *set;

	(void)state;
	add_lost(log, 5, 3.5 * doubt_ns, -doubt_ns);
	assert_int_equal(window_scales__correct(log, SITES), 0);
	set = window_log__set(log, 1);
	assert_int_equal(set->n, 2);
	for (uint32_t b = 1; b < 10; b++)
		assert_true(set->sums[b].own_ns > 100 && set->sums[b].own_ns < 20e3);
	window_log__free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_climb_the_ladder),
		cmocka_unit_test(windows_of_a_set_share_its_time),
		cmocka_unit_test(a_window_that_seems_long_by_chance_is_not),
		cmocka_unit_test(a_long_window_leaves_the_others_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

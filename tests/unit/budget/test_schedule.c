// SPDX-License-Identifier: GPL-2.0-or-later
/* The schedule is run against a simulated target: sites have rates, and windows end when they have cost enough. */
#include <math.h>
#include <string.h>

#include "budget/schedule.h"
#include "unit/test.h"

#define PRICE_NS 500.0f
#define SITES	 30 /* 3 bodies of 10 each */
#define N	 10
#define SHARE	 0.02

struct simulation {
	struct schedule *schedule;
	float prices_ns[SITES];
	double rates[SITES]; /* hits in a nanosecond of the target's own time */
	double own_ns;
	double spent_ns;
	double setup_ns;	 /* what it costs to put one site in and out */
	uint32_t windows[SITES]; /* in how many each site was */
	double worst_ns;	 /* the most that one window has cost */
};

static void begin(struct simulation *it, const double rates_of_bodies[3])
{
	struct schedule_config config = {
		.n_sites = SITES,
		.prices_ns = it->prices_ns,
		.share = SHARE,
		.pause_ns = 10e6,
		.seed = 7,
	};

	*it = (struct simulation){0};
	for (uint32_t i = 0; i < SITES; i++) {
		it->prices_ns[i] = PRICE_NS;
		it->rates[i] = rates_of_bodies[i / N];
	}
	it->schedule = schedule__new(&config);
	assert_non_null(it->schedule);
	for (uint32_t first = 0; first < SITES; first += N)
		assert_int_equal(schedule__add_body(it->schedule, first, N), 0);
}

static void run_window(struct simulation *it, const struct schedule_step *step)
{
	uint64_t counts[2 * SITES] = {0};
	double load = 0, own_ns, open_cost_ns, cost_ns;

	for (size_t i = 0; i < step->n; i++)
		load += it->rates[step->sites[i]] * PRICE_NS;
	own_ns = fmin(step->open_ns / (1 + load), load > 0 ? step->limit_ns / load : INFINITY);
	open_cost_ns = own_ns * load;
	cost_ns = open_cost_ns + (double)step->n * it->setup_ns;
	for (size_t i = 0; i < step->n; i++) {
		counts[2 * i] = (uint64_t)(own_ns * it->rates[step->sites[i]]);
		it->windows[step->sites[i]]++;
	}
	it->own_ns += own_ns;
	it->spent_ns += cost_ns;
	it->worst_ns = fmax(it->worst_ns, cost_ns);
	schedule__window_done(it->schedule, &(struct schedule_window){.counts = counts,
								      .own_ns = own_ns,
								      .cost_ns = cost_ns,
								      .open_cost_ns = open_cost_ns});
}

/* Lets the target run for OWN_NS of its own time, as the purse would let the schedule have its windows. */
static void run(struct simulation *it, double own_ns)
{
	double end_ns = it->own_ns + own_ns, saved_ns = 2e6, last_ns = it->own_ns;
	struct schedule_step step;

	while (it->own_ns < end_ns) {
		double before_ns = it->own_ns, spent_ns = it->spent_ns;

		assert_int_equal(schedule__next(it->schedule, &step), 0);
		if (step.action == SCHEDULE_WINDOW && it->own_ns - last_ns < step.apart_ns)
			schedule__not_yet(it->schedule, &step);
		if (step.action == SCHEDULE_WINDOW && saved_ns >= step.price_ns &&
		    (step.apart_ns <= 0 || it->own_ns - last_ns >= step.apart_ns)) {
			run_window(it, &step);
			if (step.apart_ns > 0)
				last_ns = it->own_ns;
		} else if (step.action == SCHEDULE_PUT_IN || step.action == SCHEDULE_TAKE_OUT) {
			schedule__body_done(it->schedule);
		} else {
			it->own_ns += 1e6;
		}
		saved_ns += SHARE * (it->own_ns - before_ns) - (it->spent_ns - spent_ns);
	}
}

static void cheap_bodies_stay_in(void **state)
{
	/* Never called; called 10 times a second; a loop with a round in 5 ns. */
	static const double rates[] = {0, 10e-9, 0.2};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 5e9);
	assert_true(schedule__is_settled(it.schedule));
	assert_true(schedule__is_in(it.schedule, 0));
	assert_true(schedule__is_in(it.schedule, 1));
	assert_false(schedule__is_in(it.schedule, 2));
	/* It is tried at several moments, since it may have been a phase without calls. */
	assert_true(it.windows[0] >= 8 && it.windows[0] <= 10);
	assert_true(it.windows[20] > 10);
	assert_true(it.worst_ns <= 2e6);
	assert_true(it.spent_ns <= SHARE * (it.own_ns + it.spent_ns) + 3e6);
	schedule__free(it.schedule);
}

/* Its sites do not fit into one window, and none is hit: that is known when all have been tried. */
static void a_large_body_is_tried_in_pieces(void **state)
{
	enum { LARGE = 500, MOST_WINDOWS = 100 };
	static const float prices_ns[LARGE];
	static const uint64_t counts[2 * LARGE];
	const struct schedule_config config = {
		.n_sites = LARGE, .prices_ns = prices_ns, .share = SHARE, .pause_ns = 10e6, .seed = 7};
	struct schedule *schedule = schedule__new(&config);
	const struct schedule_window idle = {.counts = counts, .own_ns = 5e6};
	struct schedule_step step;
	bool seen[LARGE] = {false};
	int n = 0;

	(void)state;
	assert_int_equal(schedule__add_body(schedule, 0, LARGE), 0);
	for (; n < MOST_WINDOWS; n++) {
		assert_int_equal(schedule__next(schedule, &step), 0);
		if (step.action != SCHEDULE_WINDOW)
			break;
		for (size_t i = 0; i < step.n; i++)
			seen[step.sites[i]] = true;
		schedule__window_done(schedule, &idle);
	}
	assert_int_equal(step.action, SCHEDULE_PUT_IN);
	for (uint32_t i = 0; i < LARGE; i++)
		assert_true(seen[i]);
	schedule__free(schedule);
}

static void every_site_of_a_hot_body_is_counted(void **state)
{
	static const double rates[] = {0.15e-3, 3e-3, 0.2};
	struct simulation it;
	uint32_t least = UINT32_MAX;

	(void)state;
	begin(&it, rates);
	run(&it, 20e9);
	for (uint32_t i = 0; i < SITES; i++)
		least = it.windows[i] < least ? it.windows[i] : least;
	assert_true(least > 10);
	assert_true(it.spent_ns <= SHARE * (it.own_ns + it.spent_ns) + 3e6);
	schedule__free(it.schedule);
}

static void what_became_cheap_comes_back(void **state)
{
	static const double rates[] = {0.15e-3, 0, 0.2};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 5e9);
	assert_false(schedule__is_in(it.schedule, 0));
	for (uint32_t i = 0; i < N; i++)
		it.rates[i] = 0;
	run(&it, 60e9);
	assert_true(schedule__is_in(it.schedule, 0));
	schedule__free(it.schedule);
}

static void what_became_dear_goes(void **state)
{
	static const double rates[] = {1e-9, 1e-9, 1e-9};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 1e9);
	assert_true(schedule__is_in(it.schedule, 1));
	for (uint32_t i = N; i < 2 * N; i++)
		it.rates[i] = 0.1e-3;
	schedule__note_hits(it.schedule, 0, 1, 1e9);
	schedule__note_hits(it.schedule, 1, 1e6, 1e9);
	schedule__note_hits(it.schedule, 2, 1, 1e9);
	schedule__settle(it.schedule);
	run(&it, 1e9);
	assert_true(schedule__is_in(it.schedule, 0));
	assert_false(schedule__is_in(it.schedule, 1));
	assert_true(schedule__is_in(it.schedule, 2));
	schedule__free(it.schedule);
}

static void what_blew_the_fuse_stays_out(void **state)
{
	static const double rates[] = {1e-9, 1e-9, 1e-9};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 1e9);
	for (uint32_t i = 0; i < N; i++)
		it.rates[i] = 0.1;
	schedule__note_hits(it.schedule, 0, 20000, 1e9);
	schedule__note_hits(it.schedule, 1, 1, 1e9);
	schedule__note_hits(it.schedule, 2, 0, 1e9);
	schedule__all_out(it.schedule);
	assert_false(schedule__is_settled(it.schedule));
	run(&it, 3e9);
	assert_true(it.windows[0] > 5);
	assert_false(schedule__is_in(it.schedule, 0));
	assert_true(schedule__is_in(it.schedule, 1));
	assert_true(schedule__is_in(it.schedule, 2));
	schedule__free(it.schedule);
}

/* It is hot for a second, and then is not for two. */
static void a_phase_is_not_forgotten(void **state)
{
	static const double rates[] = {0.1, 1e-9, 1e-9};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 1e9);
	for (uint32_t i = 0; i < N; i++)
		it.rates[i] = 0;
	run(&it, 2e9);
	assert_false(schedule__is_in(it.schedule, 0));
	schedule__free(it.schedule);
}

/* All sites of such a body are in each window that has any of them, and no others are. */
static void a_whole_body_is_put_in_together(void **state)
{
	const double rates[] = {1e-2, 1e-2, 1e-2};
	struct schedule_config config = {
		.n_sites = SITES,
		.share = SHARE,
		.pause_ns = 10e6,
		.seed = 7,
	};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	schedule__free(it.schedule);
	config.prices_ns = it.prices_ns;
	it.schedule = schedule__new(&config);
	assert_non_null(it.schedule);
	assert_int_equal(schedule__add_body(it.schedule, 0, N), 0);
	assert_int_equal(schedule__add_whole(it.schedule, N, N), 0);
	assert_int_equal(schedule__add_whole(it.schedule, 2 * N, N), 0);
	for (int i = 0; i < 100; i++) {
		struct schedule_step step;

		assert_int_equal(schedule__next(it.schedule, &step), 0);
		assert_int_equal(step.action, SCHEDULE_WINDOW);
		if (step.sites[step.n - 1] >= N) {
			assert_int_equal(step.n, N);
			assert_int_equal(step.sites[0] % N, 0);
			assert_int_equal(step.sites[N - 1], step.sites[0] + N - 1);
		}
		run_window(&it, &step);
	}
	for (uint32_t site = N; site < SITES; site++)
		assert_true(it.windows[site] > 10);
	schedule__free(it.schedule);
}

/* Goes on to the next window of site SITE, and gets its step. */
static void go_to(struct simulation *it, uint32_t site, struct schedule_step *step)
{
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(schedule__next(it->schedule, step), 0);
		for (size_t k = 0; step->action == SCHEDULE_WINDOW && k < step->n; k++)
			if (step->sites[k] == site)
				return;
		if (step->action == SCHEDULE_WINDOW)
			run_window(it, step);
		else
			schedule__body_done(it->schedule);
	}
	fail();
}

/* The longer it takes to put sites in and out, the longer they stay in, so that half of the price is for hits. */
static void windows_are_long_where_putting_in_is_dear(void **state)
{
	static const double rates[] = {0.01e-3, 0.01e-3, 0.01e-3};
	const double load = SITES * 0.01e-3 * PRICE_NS;
	struct schedule_step cheap, dear;
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 5e9);
	go_to(&it, 0, &cheap);
	assert_int_equal(cheap.n, SITES);
	it.setup_ns = 2 * load * cheap.open_ns / SITES;
	run(&it, 5e9);
	go_to(&it, 0, &dear);
	assert_int_equal(dear.n, SITES);
	assert_true(dear.open_ns > 1.5 * cheap.open_ns);
	assert_true(load * dear.open_ns < 1.5 * SITES * it.setup_ns);
	schedule__free(it.schedule);
}

static void what_is_hardly_hit_has_few_windows(void **state)
{
	static const double rates[] = {0.2, 1e-9, 1e-9};
	struct simulation it;

	(void)state;
	begin(&it, rates);
	for (uint32_t i = 0; i < 5; i++)
		it.rates[i] = 0; /* sites of a hot body */
	run(&it, 20e9);
	assert_true(it.windows[0] > 10);
	assert_in_range(it.windows[5], 3 * it.windows[0], 5 * it.windows[0]);
	schedule__free(it.schedule);
}

/* While a window that slows the target much must wait, gentle ones are had besides. Its turn does not change. */
static void gentle_windows_are_had_meanwhile(void **state)
{
	static const double rates[] = {0.2, 0.3e-3, 1e-9};
	struct schedule_step violent, gentle, again;
	struct simulation it;

	(void)state;
	begin(&it, rates);
	run(&it, 5e9);
	go_to(&it, 0, &violent);
	assert_true(violent.apart_ns > 0);
	for (int i = 0; i < 10; i++) {
		gentle = violent;
		schedule__not_yet(it.schedule, &gentle);
		assert_true(gentle.apart_ns == 0);
		assert_in_range(gentle.sites[0], N, 2 * N - 1);
		run_window(&it, &gentle);
		assert_int_equal(schedule__next(it.schedule, &again), 0);
		assert_ptr_equal(again.sites, violent.sites);
		assert_true(fabs(again.apart_ns / violent.apart_ns - 1) < 0.2);
	}
	schedule__free(it.schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cheap_bodies_stay_in),
		cmocka_unit_test(a_large_body_is_tried_in_pieces),
		cmocka_unit_test(every_site_of_a_hot_body_is_counted),
		cmocka_unit_test(what_became_cheap_comes_back),
		cmocka_unit_test(what_became_dear_goes),
		cmocka_unit_test(what_blew_the_fuse_stays_out),
		cmocka_unit_test(a_phase_is_not_forgotten),
		cmocka_unit_test(a_whole_body_is_put_in_together),
		cmocka_unit_test(windows_are_long_where_putting_in_is_dear),
		cmocka_unit_test(what_is_hardly_hit_has_few_windows),
		cmocka_unit_test(gentle_windows_are_had_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows of a made-up program, of which it is known how often its lines are hit and what events really cost. */
#include <math.h>
#include <stdlib.h>

#include "monitoring/monitoring_windows.h"
#include "unit/test.h"

#define LINES	 3
#define RATE	 0.02	/* hits of line 1 in a nanosecond */
#define RARE	 0.0001 /* and of line 2 */
#define OWN_NS	 1e6	/* of each window, in truth */
#define EVENT_NS 40.0	/* by calibration */

static struct lprof_shim_windows *make(void)
{
	struct lprof_shim_windows *windows = calloc(1, sizeof(*windows) + LINES * sizeof(windows->lines[0]));

	assert_non_null(windows);
	windows->n_lines = LINES;
	windows->since_ns = 5e6;
	return windows;
}

static void add(double rates[LPROF_SHIM_PRICES][LPROF_SHIM_GROUPS], uint32_t group, double hits, double cpu_ns,
		double cost_ns)
{
	for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++)
		rates[p][group] += hits / (cpu_ns - (1 + p * LPROF_SHIM_PRICE_STEP) * cost_ns);
}

/*
 * A window in which line 1 and, if all lines are TIMED, as many others were counted. Events cost PRICE times as much as
 * by calibration.
 */
static void add_window(struct lprof_shim_windows *windows, uint32_t group, bool timed, double price)
{
	double hits = RATE * OWN_NS, cost_ns = (timed ? 2 : 1) * hits * EVENT_NS, cpu_ns = OWN_NS + price * cost_ns;

	windows->n[group]++;
	windows->own_ns[group] += OWN_NS;
	if (timed) {
		windows->n_timed[group]++;
		add(windows->lines[1].timed, group, hits, cpu_ns, cost_ns);
		windows->lines[1].ticks += 0.5;
		windows->lines[1].cost += 0.1;
		return;
	}
	add(windows->lines[1].rates, group, hits, cpu_ns, cost_ns);
	windows->lines[1].n[group]++;
	add(windows->lines[2].rates, group, RARE * OWN_NS * (group % 2 ? 1.2 : 0.8), cpu_ns, cost_ns);
	windows->lines[2].n[group]++;
}

static struct lprof_shim_windows *make_windows(double price)
{
	struct lprof_shim_windows *windows = make();

	for (uint32_t i = 0; i < 80; i++)
		add_window(windows, i / 4 % LPROF_SHIM_GROUPS, i % 4 == 0, price);
	return windows;
}

static void prices_are_found(void **state)
{
	(void)state;
	for (double truth = 1.05; truth < 1.45; truth += 0.1) {
		struct lprof_shim_windows *windows = make_windows(truth);
		struct monitoring_price price = monitoring_windows__price(windows);
		struct python_total total = monitoring_windows__hits(windows, &price, 1, 1e9);

		assert_true(fabs(price.price - truth) < 2 * price.doubt);
		assert_true(price.doubt < 0.13);
		assert_true(total.estimated);
		assert_true(fabs(total.hits - 1e9 * RATE) <= total.uncertainty);
		assert_true(total.uncertainty < 0.5 * total.hits);
		free(windows);
	}
}

/* What differs from window to window is doubtful. */
static void rare_lines_have_wide_intervals(void **state)
{
	struct lprof_shim_windows *windows = make_windows(1.25);
	struct monitoring_price price = monitoring_windows__price(windows);
	struct python_total total = monitoring_windows__hits(windows, &price, 2, 1e9);

	(void)state;
	assert_true(fabs(total.hits - 1e9 * RARE) <= total.uncertainty);
	assert_true(total.uncertainty > 0.1 * total.hits);
	free(windows);
}

static void what_no_window_has_seen_may_have_escaped(void **state)
{
	struct lprof_shim_windows *windows = make_windows(1.25);
	struct monitoring_price price = monitoring_windows__price(windows);
	struct python_total total;

	(void)state;
	windows->lines[0].n[3] = 8; /* of the 80 windows */
	total = monitoring_windows__hits(windows, &price, 0, 1e9);
	assert_true(total.hits == 0);
	assert_true(fabs(total.uncertainty - 3 * 1e9 / (8 * OWN_NS)) < 1);
	assert_true(total.unseen == total.uncertainty);
	free(windows);
}

static void there_may_be_no_window(void **state)
{
	struct lprof_shim_windows *windows = make();
	struct monitoring_price price = monitoring_windows__price(windows);
	struct python_total total = monitoring_windows__hits(windows, &price, 1, 1e6);

	(void)state;
	assert_true(total.hits == 0 && total.uncertainty > 0 && isfinite(total.uncertainty));
	assert_true(monitoring_windows__time(windows, 1, 1e6, monitoring_windows__scale(windows, &price)).ticks == 0);
	assert_true(monitoring_windows__out_ns(windows, 7e6) == 2e6);
	assert_true(monitoring_windows__out_ns(windows, 1e6) == 0);
	free(windows);
}

/* Times get the scale of hits, since windows in which lines are timed hardly know their own time. */
static void times_are_scaled(void **state)
{
	struct lprof_shim_windows *windows = make_windows(1.25);
	struct monitoring_price price = monitoring_windows__price(windows);
	double scale = monitoring_windows__scale(windows, &price);
	struct monitoring_time time = monitoring_windows__time(windows, 1, 1e6, scale);

	(void)state;
	assert_true(scale > 1.1); /* at the calibrated price, own time seems longer than it is */
	assert_true(fabs(time.ticks - scale * 0.5e6) < 1);
	assert_true(fabs(time.cost - scale * 0.1e6) < 1);
	free(windows);
}

/* The program can write anything. */
static void nonsense_is_no_harm(void **state)
{
	const double bad[] = {NAN, INFINITY, -1e300, 1e300};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct lprof_shim_windows *windows = make_windows(1.25);
		struct monitoring_price price;
		struct python_total total;
		double out_ns;

		windows->since_ns = bad[i];
		windows->own_ns[1] = bad[i];
		windows->lines[1].rates[2][3] = bad[i];
		windows->lines[1].timed[1][4] = bad[i];
		windows->lines[1].ticks = bad[i];
		price = monitoring_windows__price(windows);
		assert_true(price.price >= 1 && price.price < 2 && price.doubt > 0);
		out_ns = monitoring_windows__out_ns(windows, 1e9);
		total = monitoring_windows__hits(windows, &price, 1, out_ns);
		assert_true(total.hits >= 0 && isfinite(total.hits));
		assert_true(total.uncertainty >= 0 && isfinite(total.uncertainty));
		assert_true(isfinite(monitoring_windows__scale(windows, &price)));
		free(windows);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prices_are_found),
		cmocka_unit_test(rare_lines_have_wide_intervals),
		cmocka_unit_test(what_no_window_has_seen_may_have_escaped),
		cmocka_unit_test(there_may_be_no_window),
		cmocka_unit_test(times_are_scaled),
		cmocka_unit_test(nonsense_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

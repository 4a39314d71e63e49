// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program is made up: function 1 is a loop whose line 5 is hit 20 times a microsecond of its own time, and line 6
 * half as often; function 2 returns once in 50 ns, and its line 9 is hit three times in each call.
 */
#include <math.h>
#include <string.h>

#include "lprof_python.h"
#include "python/python_windows.h"
#include "unit/test.h"

enum { LOOP, HALF, BODY, RETURNS, NEVER, EDGES };

static const struct counters_line lines[EDGES] = {
	[LOOP] = {.code = 1, .line = 5, .edge = LOOP},
	[HALF] = {.code = 1, .line = 6, .edge = HALF},
	[BODY] = {.code = 2, .line = 9, .edge = BODY},
	[RETURNS] = {.code = 2, .line = LPROF_PYTHON_RETURNS, .edge = RETURNS},
	[NEVER] = {.code = 2, .line = 10, .edge = NEVER},
};

struct made {
	struct python_windows *windows;
	uint64_t counts[EDGES];
	struct lprof_edge edges[EDGES];
	struct python_steady steady;
	uint64_t chance;
};

static void begin(struct made *made)
{
	*made = (struct made){.windows = python_windows__new(), .chance = 1};
	assert_non_null(made->windows);
	made->steady.edges = made->edges;
}

/* Half as much to one and a half times as much as N, by chance. */
static uint64_t vary(struct made *made, uint64_t n)
{
	made->chance = made->chance * 6364136223846793005u + 1442695040888963407u;
	return n / 2 + (made->chance >> 33) % n;
}

/* A window for lines, in which the program is slowed by some unknown factor. */
static void add_lines(struct made *made)
{
	uint64_t turns = vary(made, 1000), calls = vary(made, 100);
	const struct python_window window = {.counts = made->counts, .n = EDGES, .own_ns = 0, .all_returns = calls + 7};

	made->counts[LOOP] += turns;
	made->counts[HALF] += turns / 2;
	made->counts[BODY] += 3 * calls;
	made->counts[RETURNS] += calls;
	assert_int_equal(python_windows__add(made->windows, &window), 0);
}

/* A window for returns alone, of N calls. */
static void add_returns(struct made *made, uint64_t n)
{
	const struct python_window window = {
		.counts = made->counts, .n = EDGES, .returns_only = true, .own_ns = 50.0 * (double)n, .all_returns = n};

	made->counts[RETURNS] += n;
	assert_int_equal(python_windows__add(made->windows, &window), 0);
}

static void add_turns(struct made *made, double own_ns, bool known)
{
	python_windows__begin_watch(made->windows);
	python_windows__add_time(made->windows, own_ns);
	assert_int_equal(python_windows__add_turns(made->windows, 1, 5, known ? own_ns / 50 : 0, known), 0);
}

/* N windows for lines, and as often a look at the loop. */
static void add_windows(struct made *made, int n)
{
	for (int i = 0; i < n; i++) {
		add_lines(made);
		add_turns(made, 60000, true);
	}
}

static void estimate(struct made *made, double own_ns, struct python_total totals[EDGES])
{
	assert_int_equal(python_windows__estimate(made->windows, lines, EDGES, &made->steady, own_ns, totals), 0);
	python_windows__free(made->windows);
}

static void assert_near(const struct python_total *total, double truth, double part)
{
	assert_true(fabs(total->hits - truth) <= part * truth);
	assert_true(fabs(total->hits - truth) <= total->uncertainty);
	assert_true(total->uncertainty < 0.3 * truth);
}

static void turns_of_a_loop_tell_the_rate(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	for (int i = 0; i < 20; i++) {
		add_lines(&made);
		add_turns(&made, 60000, true);
		add_turns(&made, 900000, false); /* the loop ended, or began: nothing is known of that long time */
	}
	estimate(&made, 1e9, totals);
	assert_near(&totals[LOOP], 20e6, 0.01);
	assert_near(&totals[HALF], 10e6, 0.01);
	assert_true(totals[NEVER].hits == 0 && totals[NEVER].unseen > 0);
	assert_true(totals[LOOP].unseen > 0 && totals[LOOP].unseen < 0.01 * totals[LOOP].hits);
}

static void returns_tell_the_rate(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	for (int i = 0; i < 20; i++) {
		add_lines(&made);
		add_returns(&made, vary(&made, 10000));
	}
	estimate(&made, 1e9, totals);
	assert_near(&totals[BODY], 60e6, 0.01);
	assert_near(&totals[RETURNS], 20e6, 0.01);
}

static void returns_that_stay_in_tell_the_rate(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	for (int i = 0; i < 20; i++)
		add_lines(&made);
	made.edges[RETURNS].departures = 10000000;
	made.steady.returns_ns = 5e8;
	estimate(&made, 1e9, totals);
	assert_near(&totals[BODY], 60e6, 0.01);
}

/* While the program was idle, its lines were so rare that their probes stayed in. */
static void what_was_counted_while_idle_does_not_tell_the_rate_under_load(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	add_windows(&made, 20);
	made.edges[LOOP].departures = 1000;
	made.edges[HALF].departures = 500;
	made.steady.lines_ns = 1e9;
	estimate(&made, 1e9, totals);
	assert_near(&totals[LOOP], 20e6, 0.01);
	assert_near(&totals[HALF], 10e6, 0.01);
}

static void where_windows_saw_nothing_what_stayed_in_tells_the_rate(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	made.edges[LOOP].departures = 10000;
	made.steady.lines_ns = 1e9;
	estimate(&made, 1e8, totals);
	assert_near(&totals[LOOP], 1000, 0.01);
	assert_true(totals[BODY].hits == 0 && totals[BODY].unseen < 1);
}

static void loops_of_other_functions_tell_the_rate_roughly(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	add_windows(&made, 200);
	estimate(&made, 1e9, totals);
	/* Three lines a call, and one call for each ten turns. */
	assert_true(fabs(totals[BODY].hits - 6e6) < totals[BODY].uncertainty);
	assert_true(totals[BODY].uncertainty < 0.6 * totals[BODY].hits);
	assert_true(totals[LOOP].uncertainty / totals[LOOP].hits < totals[BODY].uncertainty / totals[BODY].hits);
}

static void without_an_anchor_little_is_known(void **state)
{
	struct python_total totals[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	for (int i = 0; i < 20; i++)
		add_lines(&made);
	estimate(&made, 1e9, totals);
	assert_true(totals[LOOP].hits > 0);
	assert_true(totals[LOOP].uncertainty >= 0.9 * totals[LOOP].hits);
}

static void the_spread_between_windows_is_the_interval(void **state)
{
	struct python_total even[EDGES], uneven[EDGES];
	struct made made;

	(void)state;
	begin(&made);
	add_windows(&made, 20);
	estimate(&made, 1e9, even);
	begin(&made);
	for (int i = 0; i < 20; i++) {
		if (i % 4)
			made.counts[HALF] += 500 * (uint64_t)(i % 4);
		add_windows(&made, 1);
	}
	estimate(&made, 1e9, uneven);
	assert_true(uneven[HALF].uncertainty / uneven[HALF].hits > 1.5 * even[HALF].uncertainty / even[HALF].hits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_of_a_loop_tell_the_rate),
		cmocka_unit_test(returns_tell_the_rate),
		cmocka_unit_test(returns_that_stay_in_tell_the_rate),
		cmocka_unit_test(what_was_counted_while_idle_does_not_tell_the_rate_under_load),
		cmocka_unit_test(where_windows_saw_nothing_what_stayed_in_tells_the_rate),
		cmocka_unit_test(loops_of_other_functions_tell_the_rate_roughly),
		cmocka_unit_test(without_an_anchor_little_is_known),
		cmocka_unit_test(the_spread_between_windows_is_the_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

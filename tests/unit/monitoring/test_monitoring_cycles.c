// SPDX-License-Identifier: GPL-2.0-or-later
/* Cycles of a made-up program, of which it is known how often its lines are hit for each hit of the reference. */
#include <math.h>
#include <stdlib.h>

#include "monitoring/monitoring_cycles.h"
#include "unit/test.h"

#define LINES 3
#define CALLS 10000 /* line 0 is the reference, the entry */

struct program {
	struct lprof_shim_windows *windows;
	struct lprof_shim_function *function;
	struct monitoring_cycles cycles;
};

static struct program make(void)
{
	struct program program = {
		.windows = calloc(1, sizeof(*program.windows) + LINES * sizeof(program.windows->lines[0])),
		.function = calloc(1, sizeof(*program.function) + LINES * sizeof(program.function->lines[0])),
	};

	assert_true(program.windows && program.function);
	program.windows->n_lines = program.function->n_lines = LINES;
	program.windows->referred = 1;
	program.windows->since_ns = program.windows->referred_ns = 1e6;
	program.windows->lines[0].is_open = 1;
	program.function->lines[0].hits = CALLS;
	program.cycles = (struct monitoring_cycles){program.windows, program.function, 1e9, CALLS};
	return program;
}

static void drop(struct program *program)
{
	free(program->windows);
	free(program->function);
}

/* Calls, in which line 1 was hit HITS times and line 2 once more, were counted. */
static void add(struct program *program, uint32_t group, double calls, double hits)
{
	program->windows->references[group] += calls;
	program->windows->lines[1].cycle_hits[group] += calls * hits;
	program->windows->lines[2].cycle_hits[group] += calls * (hits + 1);
	program->windows->lines[1].cycle_ticks += calls * hits * 10;
	program->function->lines[1].hits += (uint64_t)(calls * hits);
	program->function->lines[1].ticks += (uint64_t)(calls * hits * 10);
}

static void constant_loops_are_known(void **state)
{
	struct program program = make();
	struct python_total total;

	(void)state;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		add(&program, g, 2, 500);
	assert_true(monitoring_cycles__tell(&program.cycles));
	total = monitoring_cycles__hits(&program.cycles, 1);
	assert_true(total.estimated);
	assert_true(fabs(total.hits - (CALLS - 20) * 500.0) < 1); /* beyond those that were counted */
	assert_true(total.uncertainty >= 500 && total.uncertainty < 0.02 * CALLS * 500);
	/* The reference, like all lines that are open, was counted all the time. */
	total = monitoring_cycles__hits(&program.cycles, 0);
	assert_true(total.hits == 0 && total.uncertainty == 0 && !total.estimated);
	assert_true(fabs(monitoring_cycles__time(&program.cycles, 1).ticks - (CALLS - 20) * 5000.0) < 1);
	drop(&program);
}

/* A loop's first line is hit once more in each call than its body. */
static void lines_fit_together(void **state)
{
	struct program program = make();

	(void)state;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		add(&program, g, 1 + g, 100 + 37 * (g * 7 % 10));
	program.function->lines[2].hits = program.function->lines[1].hits + 55;
	assert_true(fabs(monitoring_cycles__hits(&program.cycles, 2).hits + 55 -
			 monitoring_cycles__hits(&program.cycles, 1).hits - CALLS) < 1);
	drop(&program);
}

static void what_differs_is_doubtful(void **state)
{
	struct program program = make();
	struct python_total total;

	(void)state;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		add(&program, g, 10, g % 2 ? 600 : 400);
	total = monitoring_cycles__hits(&program.cycles, 1);
	assert_true(total.uncertainty > 0.1 * total.hits && total.uncertainty < 0.3 * total.hits);
	drop(&program);
}

/* What was before there was a reference is taken to have been the same. */
static void the_time_before_counts(void **state)
{
	struct program program = make();
	struct python_total total, later;

	(void)state;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		add(&program, g, 2, 500);
	total = monitoring_cycles__hits(&program.cycles, 1);
	program.windows->referred_ns = 0.5e9 + 0.5e6;
	later = monitoring_cycles__hits(&program.cycles, 1);
	assert_true(fabs(later.hits / total.hits - 2) < 0.01);
	assert_true(later.uncertainty > 10 * total.uncertainty);
	/* With another one, it was known. */
	program.windows->settled_ns = program.windows->referred_ns - program.windows->since_ns;
	program.windows->lines[1].settled = 1000;
	later = monitoring_cycles__hits(&program.cycles, 1);
	assert_true(fabs(later.hits - total.hits - 1000) < 1);
	drop(&program);
}

static void there_may_be_none(void **state)
{
	struct program program = make();

	(void)state;
	assert_false(monitoring_cycles__tell(&program.cycles));
	add(&program, 0, 2, 0);
	assert_true(monitoring_cycles__tell(&program.cycles));
	assert_true(monitoring_cycles__hits(&program.cycles, 1).hits == 0);
	assert_true(fabs(monitoring_cycles__hits(&program.cycles, 1).uncertainty - 3.0 * CALLS / 2) < 1);
	program.windows->referred = 0;
	assert_false(monitoring_cycles__tell(&program.cycles));
	drop(&program);
}

/* What events cost is told by calls that had none: of CYCLES in cycles, of 1000 ticks each, and of 40 timed ones. */
static void add_calls(struct program *program, double price, double spread)
{
	for (unsigned i = 0; i < 40; i++) {
		double ticks = i % 2 ? 1000 - spread : 1000 + spread;

		program->windows->n_calls++;
		program->windows->call_ticks += ticks;
		program->windows->call_squares += ticks * ticks;
	}
	program->windows->lines[0].cycle_hits[0] = program->windows->references[0] = 20;
	program->windows->lines[1].cycle_cost = 20 * 4000;
	program->windows->lines[1].cycle_ticks = 20 * (600 + price * 4000);
	program->windows->lines[2].cycle_cost = 20 * 1000;
	program->windows->lines[2].cycle_ticks = 20 * (400 + price * 1000);
}

static void whole_calls_tell_the_price(void **state)
{
	const double prices[] = {0.8, 1.0, 1.5};
	struct monitoring_price usual, found;
	struct program program = make();

	(void)state;
	usual = monitoring_cycles__price(&program.cycles);
	assert_true(usual.price > 1 && usual.doubt > 0.1);
	drop(&program);
	for (size_t i = 0; i < sizeof(prices) / sizeof(*prices); i++) {
		program = make();
		add_calls(&program, prices[i], 50);
		found = monitoring_cycles__price(&program.cycles);
		assert_true(fabs(found.price - prices[i]) < 0.02);
		assert_true(found.doubt < usual.doubt);
		drop(&program);
	}
	/* The more calls differ, the less they tell. */
	program = make();
	add_calls(&program, 2, 900);
	program.windows->lines[1].cycle_cost /= 10;
	program.windows->lines[2].cycle_cost /= 10;
	found = monitoring_cycles__price(&program.cycles);
	assert_true(fabs(found.price - usual.price) < 0.7 * fabs(4 - usual.price));
	drop(&program);
}

/* The program can write anything. */
static void nonsense_is_no_harm(void **state)
{
	const double bad[] = {NAN, INFINITY, -1e300, 1e300};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct program program = make();
		struct python_total total;

		add(&program, 0, 2, 500);
		program.windows->references[1] = program.windows->lines[1].cycle_hits[2] = bad[i];
		program.windows->since_ns = program.windows->referred_ns = program.windows->settled_ns = bad[i];
		program.windows->lines[1].settled = program.windows->lines[1].cycle_ticks = bad[i];
		program.windows->referred_hits = UINT64_MAX;
		program.windows->lines[1].first.hits = UINT64_MAX;
		total = monitoring_cycles__hits(&program.cycles, 1);
		assert_true(total.hits >= 0 && isfinite(total.hits));
		assert_true(total.uncertainty >= 0 && isfinite(total.uncertainty));
		assert_true(total.unseen >= 0 && isfinite(total.unseen));
		assert_true(isfinite(monitoring_cycles__time(&program.cycles, 1).ticks));
		program.windows->n_calls = UINT32_MAX;
		program.windows->call_ticks = program.windows->lines[1].cycle_cost = bad[i];
		program.windows->lines[0].cycle_hits[0] = 3;
		program.windows->call_squares = bad[sizeof(bad) / sizeof(*bad) - 1 - i];
		assert_true(isfinite(monitoring_cycles__price(&program.cycles).price));
		assert_true(monitoring_cycles__price(&program.cycles).price > 0);
		assert_true(isfinite(monitoring_cycles__price(&program.cycles).doubt));
		drop(&program);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_loops_are_known),   cmocka_unit_test(lines_fit_together),
		cmocka_unit_test(what_differs_is_doubtful),   cmocka_unit_test(the_time_before_counts),
		cmocka_unit_test(there_may_be_none),	      cmocka_unit_test(nonsense_is_no_harm),
		cmocka_unit_test(whole_calls_tell_the_price),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that are timed as wholes, of a program whose lines have just been counted in cycles. */
#include <string.h>

#include "shim/shim_account.h"
#include "shim/shim_calls.h"
#include "shim/shim_clock.h"
#include "shim/shim_gates.h"
#include "shim/shim_records.h"
#include "unit/shim_program.h"

#define TIMED  8	 /* calls, after one that is not */
#define CALL   200000	 /* nanoseconds, which are ticks here */
#define LONG   500000000 /* more than a call may last on a busy machine */
#define NO_END 4	 /* so often a beginning comes twice until no call is timed any more */

struct fixture {
	struct shim_program program;
	struct shim_gates gates;
	uint32_t number;
	struct shim_gate *gate;
	const struct lprof_shim_windows *windows;
};

static int setup(void **state)
{
	static struct fixture fixture;
	const struct shim_identity identity = shim_program__identity("outer");
	struct lprof_shim_run *run;

	memset(&fixture, 0, sizeof(fixture));
	shim_program__begin(&fixture.program);
	run = fixture.program.counts.memory.run;
	run->clock = LPROF_SHIM_MONOTONIC;
	run->share_ppm = 20000;
	run->pause_ns = 10000000;
	shim_gates__begin(&fixture.gates, &fixture.program.counts, COST);
	fixture.number = shim_gates__find(&fixture.gates, &identity);
	shim_gates__add(&fixture.gates, fixture.program.outer, fixture.number);
	fixture.gates.thread = fixture.program.thread;
	fixture.gates.tick_ns = 1;
	fixture.gate = shim_gate__of(&fixture.gates, fixture.number);
	fixture.gate->shut = true;
	fixture.windows = shim_records__of(&fixture.gates, fixture.program.outer, 0);
	assert_non_null(fixture.windows);
	shim_calls__want(fixture.gate);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	shim_gates__release(&fixture->gates);
	shim_program__end(&fixture->program);
	return 0;
}

static uint64_t now(void)
{
	return shim_clock__ticks(LPROF_SHIM_MONOTONIC);
}

static void last(uint64_t ticks)
{
	for (uint64_t began = now(); now() - began < ticks;)
		;
}

static void enter(struct fixture *fixture)
{
	shim_calls__enter(&fixture->gates, fixture->number);
}

static bool leave(struct fixture *fixture)
{
	return shim_calls__leave(&fixture->gates, fixture->number, fixture->program.outer, now(), COST);
}

/* On a busy machine, a call may be dropped that began while the thread waited for a processor. */
static void some_calls_are_timed(void **state)
{
	struct fixture *fixture = *state;
	unsigned n = 0;
	double mean;

	for (unsigned i = 0; i <= TIMED; i++) {
		enter(fixture);
		last(CALL);
		assert_int_equal(leave(fixture), i < TIMED);
		assert_in_range(fixture->windows->n_calls, n, i ? n + 1 : n);
		n = fixture->windows->n_calls;
	}
	enter(fixture);
	assert_false(leave(fixture));
	assert_int_equal(fixture->windows->n_calls, n);
	assert_int_equal(fixture->gate->calls.n, TIMED);
	assert_true(n >= TIMED / 2);
	mean = fixture->windows->call_ticks / n;
	assert_true(mean > 0.5 * CALL && mean < LONG);
	assert_true(fixture->windows->call_squares >= 0.99 * n * mean * mean);
}

/* What events have cost in a call is not its time, nor what it has waited for a processor. */
static void what_is_not_of_the_call_is_taken_off(void **state)
{
	struct fixture *fixture = *state;

	enter(fixture);
	(void)leave(fixture);
	enter(fixture);
	last(CALL);
	shim_counts__charge(&fixture->program.counts, fixture->program.thread, UINT64_C(1000) * LONG);
	(void)leave(fixture);
	enter(fixture);
	last(CALL);
	fixture->program.thread->stack->times.waiting_ns += LONG;
	(void)leave(fixture);
	assert_int_equal(fixture->windows->n_calls, 0);
}

static void functions_that_call_themselves_are_left(void **state)
{
	struct fixture *fixture = *state;

	enter(fixture);
	(void)leave(fixture);
	for (unsigned i = 0; i < NO_END; i++) {
		assert_false(fixture->gate->calls.unfit);
		enter(fixture);
		enter(fixture);
		assert_int_equal(leave(fixture), i + 1 < NO_END);
		(void)leave(fixture);
	}
	assert_true(fixture->gate->calls.unfit);
	shim_calls__want(fixture->gate);
	enter(fixture);
	assert_false(leave(fixture));
	assert_int_equal(fixture->windows->n_calls, 0);
}

/* Another thread's call is none of those that are timed, and its end is not the end of one. */
static void threads_are_kept_apart(void **state)
{
	struct fixture *fixture = *state;
	struct shim_thread *other = shim_counts__begin_thread(&fixture->program.counts);

	assert_non_null(other);
	enter(fixture);
	(void)leave(fixture);
	enter(fixture);
	fixture->gates.thread = other;
	enter(fixture);
	assert_true(leave(fixture));
	assert_int_equal(fixture->windows->n_calls, 0);
	fixture->gates.thread = fixture->program.thread;
	last(CALL);
	assert_true(leave(fixture));
	assert_int_equal(fixture->gate->calls.n, 1);
}

static void neither_generators_nor_counted_calls_are_timed(void **state)
{
	struct fixture *fixture = *state;

	enter(fixture);
	(void)leave(fixture);
	enter(fixture);
	shim_calls__cancel(fixture->gate);
	assert_false(leave(fixture));
	shim_calls__want(fixture->gate);
	enter(fixture);
	(void)leave(fixture);
	enter(fixture);
	shim_calls__give_up(fixture->gate);
	assert_false(leave(fixture));
	shim_calls__want(fixture->gate);
	enter(fixture);
	assert_false(leave(fixture));
	assert_int_equal(fixture->windows->n_calls, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(some_calls_are_timed),
		TEST(what_is_not_of_the_call_is_taken_off),
		TEST(functions_that_call_themselves_are_left),
		TEST(threads_are_kept_apart),
		TEST(neither_generators_nor_counted_calls_are_timed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

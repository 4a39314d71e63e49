// SPDX-License-Identifier: GPL-2.0-or-later
/* Gates of a program whose events say what they cost; its time on a processor is real. */
#include <string.h>

#include "shim/shim_account.h"
#include "shim/shim_clock.h"
#include "shim/shim_gates.h"
#include "shim/shim_references.h"
#include "shim/shim_windows.h"
#include "unit/shim_program.h"

#define LINE_COST 50000
#define TURNS	  1000		       /* of a loop in each call */
#define MS	  UINT64_C(1000000000) /* in thousandths of a nanosecond: ticks are nanoseconds here */

struct fixture {
	struct shim_program program;
	struct shim_gates gates;
	uint32_t outer, inner; /* numbers */
};

static void use_gates(struct fixture *fixture)
{
	struct shim_identity identity = shim_program__identity("outer");

	shim_gates__begin(&fixture->gates, &fixture->program.counts, LINE_COST);
	fixture->outer = shim_gates__find(&fixture->gates, &identity);
	identity.first_line = 20;
	fixture->inner = shim_gates__find(&fixture->gates, &identity);
	shim_gates__add(&fixture->gates, fixture->program.outer, fixture->outer);
	shim_gates__add(&fixture->gates, fixture->program.inner, fixture->inner);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct lprof_shim_run *run;

	memset(&fixture, 0, sizeof(fixture));
	shim_program__begin(&fixture.program);
	run = fixture.program.counts.memory.run;
	run->clock = LPROF_SHIM_MONOTONIC;
	run->share_ppm = 20000;
	run->pause_ns = 10000000;
	use_gates(&fixture);
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

/* An event of gate NUMBER that costs COST; returns whether it is to be counted. */
static bool event(struct fixture *fixture, uint32_t number, uint64_t cost)
{
	bool counted = shim_gates__take(&fixture->gates, number, shim_clock__read_ns(CLOCK_MONOTONIC), cost);

	shim_counts__charge(&fixture->program.counts, NULL, cost);
	return counted;
}

/* Ten events of a tenth of a millisecond, so that it is decided some times. */
static bool spend(struct fixture *fixture, uint32_t number, unsigned ms)
{
	bool counted = true;

	for (unsigned i = 0; i < 10 * ms; i++)
		counted = event(fixture, number, MS / 10);
	return counted;
}

static void without_a_budget_nothing_is_shut(void **state)
{
	struct fixture *fixture = *state;
	const struct shim_identity identity = shim_program__identity("outer");

	shim_gates__release(&fixture->gates);
	fixture->program.counts.memory.run->share_ppm = 0;
	shim_gates__begin(&fixture->gates, &fixture->program.counts, LINE_COST);
	assert_int_equal(shim_gates__find(&fixture->gates, &identity), 0);
	assert_true(spend(fixture, 0, 50));
	assert_null(fixture->gates.counts);
}

static void functions_of_the_same_code_have_a_gate(void **state)
{
	struct fixture *fixture = *state;
	struct shim_identity identity = shim_program__identity("other");

	assert_int_equal(shim_gates__find(&fixture->gates, &identity), fixture->outer);
	assert_int_not_equal(fixture->outer, fixture->inner);
}

/* What is dear is shut within two milliseconds, what costs little stays open. */
static void the_dearest_are_shut(void **state)
{
	struct fixture *fixture = *state;
	bool counted = true;
	unsigned n = 0;

	assert_true(event(fixture, fixture->inner, 1000));
	for (; counted && n < 100; n++)
		counted = event(fixture, fixture->outer, MS / 10);
	assert_false(counted);
	assert_in_range(n, 10, 20);
	assert_true(event(fixture, fixture->inner, 1000));
	assert_int_equal(fixture->gates.n_shut, 1);
	assert_non_null(fixture->gates.records[fixture->program.outer - 1]);
	assert_null(fixture->gates.records[fixture->program.inner - 1]);
}

/* If too much was spent nevertheless, all are shut, and so is what comes later. */
static void a_debt_shuts_all(void **state)
{
	struct fixture *fixture = *state;
	struct shim_identity identity = shim_program__identity("later");

	assert_true(event(fixture, fixture->outer, 20 * MS));
	assert_false(event(fixture, fixture->outer, 1000));
	assert_false(event(fixture, fixture->inner, 1000));
	identity.first_line = 30;
	assert_true(shim_gate__is_shut(&fixture->gates, shim_gates__find(&fixture->gates, &identity)));
}

/* The line under way is charged when its function is shut, and is not under way any more. */
static void frames_are_left(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now = shim_clock__read_ns(CLOCK_MONOTONIC);
	const struct lprof_shim_function *outer;

	shim_program__enter(&fixture->program, fixture->program.outer, now - 500);
	shim_program__line(&fixture->program, fixture->program.outer, 1, now - 400);
	shim_program__enter(&fixture->program, fixture->program.inner, now - 300);
	(void)spend(fixture, fixture->outer, 3);
	outer = shim_counts__find(&fixture->program.counts, fixture->program.outer);
	assert_int_equal(outer->lines[1].visits, 1);
	assert_true(outer->lines[1].ticks >= 400);
	assert_int_equal(fixture->program.thread->stack->n, 1);
	assert_int_equal(fixture->program.thread->stack->frames[0].function, fixture->program.inner);
}

static void open_window(struct fixture *fixture)
{
	shim_windows__choose(&fixture->gates);
	shim_windows__opened(&fixture->gates, shim_clock__read_ns(CLOCK_MONOTONIC));
}

/* A window counts until it has spent what it may, and is told of in the record. */
static void windows_end_by_themselves(void **state)
{
	struct fixture *fixture = *state;
	struct lprof_shim_windows *windows;
	double rate = 0;
	unsigned n = 0;

	(void)spend(fixture, fixture->outer, 3);
	fixture->program.counts.memory.table->n_windows = 1; /* the next one is of hits */
	open_window(fixture);
	assert_int_equal(fixture->gates.window, SHIM_WINDOW_HITS);
	fixture->gates.window_part = 1;
	while (n < 1000 && event(fixture, fixture->outer, MS / 100)) {
		shim_counts__hit(&fixture->program.counts, fixture->program.thread, fixture->program.outer, 1,
				 shim_clock__read_ns(CLOCK_MONOTONIC), 0);
		n++;
	}
	assert_in_range(n, 1, 25);
	assert_int_equal(fixture->gates.window, SHIM_WINDOW_NONE);
	windows = fixture->gates.records[fixture->program.outer - 1];
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		rate += windows->lines[1].rates[0][g];
	assert_true(rate > 0);
	assert_int_equal(windows->n[0], 1);
	assert_true(windows->own_ns[0] > 0);
	assert_true(fixture->gates.next_cpu_ns > shim_account__cpu_ns(&fixture->gates));
	assert_false(event(fixture, fixture->outer, 1000));
}

static void each_line_has_its_turn(void **state)
{
	struct fixture *fixture = *state;
	unsigned counted[4] = {0};

	(void)spend(fixture, fixture->outer, 3);
	for (unsigned i = 0; i < 400; i++) {
		unsigned any = 0;

		open_window(fixture);
		fixture->gates.window_part = 0.1;
		for (uint32_t line = 0; line < 4; line++) {
			bool is = shim_windows__is_counted(&fixture->gates, fixture->outer, line, 4);

			counted[line] += is;
			any += is;
		}
		assert_true(any);
		shim_windows__end(&fixture->gates, shim_clock__read_ns(CLOCK_MONOTONIC));
	}
	/* A quarter of the windows, and a tenth of the others. */
	for (uint32_t line = 0; line < 4; line++)
		assert_in_range(counted[line], 85, 175);
}

/* A hit of LINE of the outer function, as it would be counted in a program. */
static void hit(struct fixture *fixture, uint32_t line)
{
	struct shim_gates *gates = &fixture->gates;
	uint64_t now = shim_clock__read_ns(CLOCK_MONOTONIC);
	uint32_t id = fixture->program.outer;

	gates->thread = fixture->program.thread;
	(void)shim_gates__take(gates, fixture->outer, now, LINE_COST);
	if (shim_gates__hit(gates, fixture->outer, id, line, now))
		shim_references__begin_cycles(gates, fixture->outer, id);
	if (shim_gates__passes(gates, fixture->outer) || shim_gate__is_open(gates, fixture->outer, line))
		shim_counts__hit(&fixture->program.counts, fixture->program.thread, id, line, now, LINE_COST);
}

static void call(struct fixture *fixture)
{
	hit(fixture, 0);
	for (unsigned i = 0; i < TURNS; i++) {
		hit(fixture, 1);
		hit(fixture, 2);
	}
}

static double sum(const double groups[LPROF_SHIM_GROUPS])
{
	double sum = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		sum += groups[g];
	return sum;
}

/* Lines that are hit seldom are all counted; the others from one hit of such a line to another. */
static void rare_lines_stay_open(void **state)
{
	struct fixture *fixture = *state;
	const struct lprof_shim_function *outer = shim_counts__find(&fixture->program.counts, fixture->program.outer);
	const struct lprof_shim_windows *windows;
	unsigned calls = 0;

	while (calls < 5000 && (calls < 100 || fixture->gates.items[fixture->outer - 1].cycle.n < 3)) {
		call(fixture);
		calls++;
	}
	assert_true(shim_gate__is_shut(&fixture->gates, fixture->outer));
	assert_true(shim_gate__is_open(&fixture->gates, fixture->outer, 0));
	assert_false(shim_gate__is_open(&fixture->gates, fixture->outer, 1));
	assert_false(shim_gate__is_open(&fixture->gates, fixture->outer, 2));
	assert_int_equal(outer->lines[0].hits, calls);
	assert_true(outer->lines[2].hits < (uint64_t)calls * TURNS / 2);
	windows = fixture->gates.records[fixture->program.outer - 1];
	assert_int_equal(windows->referred, fixture->program.outer);
	assert_int_equal(windows->reference, 0);
	/* It was counted before it was chosen, too. */
	assert_int_equal(windows->referred_hits, windows->lines[0].first.hits);
	assert_true(windows->referred_ns == windows->since_ns);
	assert_true(windows->lines[0].is_open && !windows->lines[2].is_open);
	assert_true(sum(windows->references) >= 3);
	assert_true(sum(windows->lines[1].cycle_hits) == TURNS * sum(windows->references));
	assert_true(sum(windows->lines[2].cycle_hits) == TURNS * sum(windows->references));
}

/* The same function in a thread that begins later has the same reference. */
static void later_threads_have_references(void **state)
{
	struct fixture *fixture = *state;
	struct shim_thread *thread;
	struct shim_identity identity = shim_program__identity("outer");
	uint32_t id;

	for (unsigned calls = 0; calls < 100; calls++)
		call(fixture);
	thread = shim_counts__begin_thread(&fixture->program.counts);
	assert_non_null(thread);
	id = shim_counts__function(&fixture->program.counts, &identity, thread);
	assert_int_not_equal(id, fixture->program.outer);
	shim_gates__add(&fixture->gates, id, fixture->outer);
	fixture->program.outer = id;
	call(fixture);
	assert_int_equal(fixture->gates.records[id - 1]->referred, id);
	assert_int_equal(fixture->gates.records[id - 1]->referred_hits, 0);
}

/* A function whose lines are counted in cycles needs no windows. */
static void windows_are_for_others(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned calls = 0; calls < 100; calls++)
		call(fixture);
	assert_int_equal(fixture->gates.items[fixture->outer - 1].cycle.reference, 0);
	assert_false(shim_windows__choose(&fixture->gates));
	(void)spend(fixture, fixture->inner, 30);
	assert_true(shim_gate__is_shut(&fixture->gates, fixture->inner));
	assert_true(shim_windows__choose(&fixture->gates));
	assert_false(fixture->gates.items[fixture->outer - 1].in_window);
}

/* Cycles that cost more than they may are left, and after some of these there are none any more. */
static void long_cycles_are_given_up(void **state)
{
	struct fixture *fixture = *state;
	const struct shim_gate *gate = &fixture->gates.items[fixture->outer - 1];

	fixture->program.counts.memory.run->pause_ns = 10000; /* less than a call costs */
	fixture->gates.pause_ns = 10000;
	for (unsigned calls = 0; calls < 5000 && !gate->lines.items[0].useless; calls++)
		call(fixture);
	assert_true(gate->lines.items[0].useless);
	assert_int_equal(gate->cycle.state, SHIM_CYCLE_NONE);
	assert_true(shim_windows__choose(&fixture->gates));
	assert_true(gate->in_window);
}

/* Exceptions that come too often are not followed any more, and then all is counted in windows. */
static void frequent_exceptions(void **state)
{
	struct fixture *fixture = *state;
	bool followed = true;

	for (unsigned i = 0; i < 40 && followed; i++) {
		followed = shim_gates__take_exception(&fixture->gates, MS / 10);
		shim_counts__charge(&fixture->program.counts, NULL, MS / 10);
	}
	assert_false(followed);
	assert_true(fixture->program.counts.memory.table->unfollowed);
	assert_false(event(fixture, fixture->inner, 1000));
}

/* What was earned slowly may not all be spent at once. */
static void purses_do_not_save_much(void **state)
{
	struct shim_purse purse;

	(void)state;
	shim_purse__open(&purse, 0.02);
	assert_true(shim_purse__wait_ns(&purse, SHIM_PURSE_FIRST_NS) == 0);
	shim_purse__update(&purse, 100e9, 100e9, 0);
	assert_true(purse.saved_ns == 0.02 * SHIM_PURSE_SAVED_NS);
	shim_purse__update(&purse, 100e9, 100e9, 30e6);
	assert_true(purse.saved_ns < 0);
	assert_true(shim_purse__wait_ns(&purse, 1e6) == (1e6 - purse.saved_ns) / 0.02);
	/* A process that sleeps earns a tenth of the time that passes. */
	shim_purse__update(&purse, 100e9, 200e9, 30e6);
	assert_true(purse.saved_ns > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_budget_nothing_is_shut),
		TEST(functions_of_the_same_code_have_a_gate),
		TEST(the_dearest_are_shut),
		TEST(a_debt_shuts_all),
		TEST(frames_are_left),
		TEST(windows_end_by_themselves),
		TEST(each_line_has_its_turn),
		TEST(rare_lines_stay_open),
		TEST(later_threads_have_references),
		TEST(windows_are_for_others),
		TEST(long_cycles_are_given_up),
		TEST(frequent_exceptions),
		cmocka_unit_test(purses_do_not_save_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

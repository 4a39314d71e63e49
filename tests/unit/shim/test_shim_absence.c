// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>
#include <unistd.h>

#include "shim/shim_clock.h"
#include "unit/shim_program.h"

#define NAP_US 20000

/* Sleeping is being blocked; computing is neither that nor waiting, but for what other programs take. */
static void naps_are_told(void **state)
{
	struct shim_absence absence;
	struct lprof_shim_times times = {0};
	uint64_t began_ns;

	(void)state;
	shim_absence__begin(&absence);
	usleep(NAP_US);
	shim_absence__look(&absence, &times);
	assert_true(times.blocked_ns >= 1000 * NAP_US * 9 / 10);
	assert_int_equal(times.waiting_ns, 0);
	times = (struct lprof_shim_times){0};
	began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
	while (shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns < 1000 * NAP_US)
		;
	began_ns = absence.wall_ns;
	shim_absence__look(&absence, &times);
	/* Whatever is missing was waiting, unless the thread was made to yield. */
	assert_true(times.blocked_ns + times.waiting_ns <= absence.wall_ns - began_ns - 1000 * NAP_US * 9 / 10);
}

/* The line that has slept gets the nap, and the call around it too; what looking has cost is not in the next line. */
static void naps_are_of_lines(void **state)
{
	struct shim_program program;
	const struct lprof_shim_line *inner, *outer;
	uint64_t spent;

	(void)state;
	shim_program__begin(&program);
	program.counts.memory.run->clock = LPROF_SHIM_MONOTONIC;
	shim_program__enter(&program, program.outer, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__line(&program, program.outer, 1, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__enter(&program, program.inner, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__line(&program, program.inner, 1, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	usleep(NAP_US);
	shim_program__line(&program, program.inner, 2, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__leave(&program, program.inner, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__leave(&program, program.outer, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	inner = shim_counts__find(&program.counts, program.inner)->lines;
	outer = shim_counts__find(&program.counts, program.outer)->lines;
	assert_true(inner[1].times.blocked_ns >= 1000 * NAP_US * 9 / 10);
	assert_true(inner[1].times.blocked_ns <= inner[1].ticks);
	assert_true(inner[2].times.blocked_ns < 1000 * NAP_US / 10);
	assert_true(outer[1].times.blocked_ns >= inner[1].times.blocked_ns);
	/*
	 * Looking takes longer than an event; the call around has it among its costs, and no line of the callee has
	 * it.
	 */
	spent = (outer[1].times.cost - 5 * COST) / 1000;
	assert_true(spent > 0 && spent < 1000 * NAP_US);
	assert_true(outer[1].ticks - inner[0].ticks - inner[1].ticks - inner[2].ticks >= spent);
	shim_program__end(&program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(naps_are_told),
		cmocka_unit_test(naps_are_of_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

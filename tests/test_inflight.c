// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inflight.h"

#define EDGES	     4
#define NOW	     1000000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Edges that hold something already, so that it shows whether is added or assigned; the last is out of range. */
#define BEFORE                                                                                                         \
	{                                                                                                              \
		{.wall_ns = 1}, {.wall_ns = 10}, {.wall_ns = 100}, {.wall_ns = 1000},                                  \
		{                                                                                                      \
			.wall_ns = 10000                                                                               \
		}                                                                                                      \
	}

static void charge(const struct lprof_thread *threads, size_t n_threads, const struct lprof_frame *frames,
		   size_t n_frames, struct lprof_edge *edges)
{
	const struct inflight inflight = {threads, n_threads, frames, n_frames, NOW};

	inflight__charge(&inflight, edges, EDGES);
}

static void assert_unchanged(const struct lprof_edge *edges)
{
	const struct lprof_edge before[EDGES + 1] = BEFORE;

	assert_memory_equal(edges, before, sizeof(before));
}

/* A thread in a call that it made on EDGE at the time SINCE. */
static struct lprof_thread in_call(uint32_t edge, uint64_t since)
{
	return (struct lprof_thread){
		.newest = {.cfa = 0x7000, .since = since, .since_probe_ns = 30, .edge = edge, .owner = 1},
		.probe_ns = 50,
		.sp = 0x6000,
		.serial = 1,
	};
}

static void newest_frame_is_charged_up_to_now(void **state)
{
	const struct lprof_thread thread = in_call(2, NOW - 700);
	struct lprof_edge edges[EDGES + 1] = BEFORE;
	const struct lprof_edge after[EDGES] = {
		{.wall_ns = 1}, {.wall_ns = 10}, {.wall_ns = 100 + 700, .probe_ns = 20}, {.wall_ns = 1000}};

	(void)state;
	charge(&thread, 1, NULL, 0, edges);
	assert_memory_equal(edges, after, sizeof(after));
}

static void ended_thread_is_charged_up_to_its_end(void **state)
{
	struct lprof_thread thread = in_call(0, NOW - 700);
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	thread.ended_ns = NOW - 600;
	thread.off_since_ns = NOW - 650; /* it ends as it leaves the CPU */
	charge(&thread, 1, NULL, 0, edges);
	assert_int_equal(edges[0].wall_ns, 1 + 100);
	assert_int_equal(edges[0].probe_ns, 20);
}

static void cpu_clock_stands_still_off_the_cpu(void **state)
{
	struct lprof_thread threads[] = {in_call(0, NOW - 900), in_call(1, NOW - 900)};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	threads[0].off_ns = 200;
	threads[1].serial = 2;
	threads[1].off_ns = 200;
	threads[1].off_since_ns = NOW - 50;
	charge(threads, COUNT(threads), NULL, 0, edges);
	assert_int_equal(edges[0].wall_ns, 1 + 900 - 200);
	assert_int_equal(edges[1].wall_ns, 10 + 900 - 50 - 200);
}

static void what_cannot_be_charged_is_left_alone(void **state)
{
	struct lprof_thread threads[] = {in_call(LPROF_NO_EDGE, NOW - 700), in_call(EDGES, NOW - 700),
					 in_call(0, NOW + 1), in_call(1, NOW - 700)};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	threads[3].newest.cfa = 0;
	for (uint32_t i = 0; i < COUNT(threads); i++)
		threads[i].serial = i + 1;
	charge(threads, COUNT(threads), NULL, 0, edges);
	assert_unchanged(edges);
}

/* Threads 3, 7 and 9, none of them in a call. */
#define OWNERS                                                                                                         \
	{                                                                                                              \
		{.serial = 3, .sp = 0x1000, .probe_ns = 5}, {.serial = 7, .sp = 0x2000, .probe_ns = 60},               \
		{                                                                                                      \
			.serial = 9, .sp = 0x3000, .probe_ns = 70, .ended_ns = NOW - 10                                \
		}                                                                                                      \
	}

static void frames_put_aside_are_charged_to_their_owners(void **state)
{
	const struct lprof_thread threads[] = OWNERS;
	const struct lprof_frame frames[] = {
		{.cfa = 0x3001, .since = NOW - 300, .since_probe_ns = 0, .edge = 3, .owner = 9},
		{.cfa = 0x1001, .since = NOW - 100, .since_probe_ns = 5, .edge = 0, .owner = 3},
		{.cfa = 0x2001, .since = NOW - 200, .since_probe_ns = 20, .edge = 1, .owner = 7},
		{.cfa = 0x2010, .since = NOW - 250, .since_probe_ns = 10, .edge = 1, .owner = 7}, /* recursion */
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE;
	const struct lprof_edge after[EDGES] = {{.wall_ns = 1 + 100, .probe_ns = 0},
						{.wall_ns = 10 + 200 + 250, .probe_ns = 40 + 50},
						{.wall_ns = 100},
						{.wall_ns = 1000 + 290, .probe_ns = 70}};

	(void)state;
	charge(threads, COUNT(threads), frames, COUNT(frames), edges);
	assert_memory_equal(edges, after, sizeof(after));
}

static void abandoned_frames_are_not_charged(void **state)
{
	const struct lprof_thread threads[] = OWNERS;
	const struct lprof_frame frames[] = {
		{.cfa = 0x1000, .since = NOW - 100, .edge = 0, .owner = 3}, /* at the stack pointer: gone */
		{.cfa = 0x1fff, .since = NOW - 100, .edge = 1, .owner = 7},
		{.cfa = 0x9000, .since = NOW - 100, .edge = 2, .owner = 8}, /* nobody's */
		{.cfa = 0x9000, .since = NOW - 100, .edge = 2, .owner = 0},
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	charge(threads, COUNT(threads), frames, COUNT(frames), edges);
	assert_unchanged(edges);
}

static void nothing_is_allowed(void **state)
{
	const struct lprof_frame frame = {.cfa = 0x9000, .since = 1, .edge = 0, .owner = 1};
	const struct lprof_thread thread = in_call(0, 1);
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	charge(NULL, 0, NULL, 0, edges);
	charge(&thread, 0, &frame, 1, edges);
	assert_unchanged(edges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest_frame_is_charged_up_to_now),
		cmocka_unit_test(ended_thread_is_charged_up_to_its_end),
		cmocka_unit_test(cpu_clock_stands_still_off_the_cpu),
		cmocka_unit_test(what_cannot_be_charged_is_left_alone),
		cmocka_unit_test(frames_put_aside_are_charged_to_their_owners),
		cmocka_unit_test(abandoned_frames_are_not_charged),
		cmocka_unit_test(nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

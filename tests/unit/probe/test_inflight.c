// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/inflight.h"
#include "unit/test.h"

#define EDGES	     4
#define NOW	     1000000
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Edges that already hold figures, so that a test sees whether figures are added or overwritten. The last edge is out
 * of range.
 */
#define BEFORE                                                                                                         \
	{                                                                                                              \
		EDGE(1), EDGE(10), EDGE(100), EDGE(1000), EDGE(10000)                                                  \
	}
#define EDGE(ns)                                                                                                       \
	{                                                                                                              \
		.times = {.cpu_ns = (ns) }                                                                             \
	}

static void charge(const struct lprof_thread *threads, size_t n_threads, const struct lprof_frame *frames,
		   size_t n_frames, struct lprof_edge *edges)
{
	const struct inflight_owner owner = {0, edges};
	const struct inflight inflight = {threads, n_threads, frames, n_frames, NOW, &owner, 1, EDGES, NULL, 0, NULL};

	inflight__charge(&inflight);
}

/* As charge(), with OPENED_NS as in struct inflight. */
static void charge_opened(const struct lprof_thread *thread, const uint64_t *opened_ns, struct lprof_edge *edges)
{
	const struct inflight_owner owner = {0, edges};
	const struct inflight inflight = {.threads = thread,
					  .n_threads = 1,
					  .now_ns = NOW,
					  .owners = &owner,
					  .n_owners = 1,
					  .n_edges = EDGES,
					  .opened_ns = opened_ns};

	inflight__charge(&inflight);
}

static void assert_unchanged(const struct lprof_edge *edges)
{
	const struct lprof_edge before[EDGES + 1] = BEFORE;

	assert_memory_equal(edges, before, sizeof(before));
}

static void assert_times(const struct lprof_edge *edge, uint64_t cpu, uint64_t blocked, uint64_t waiting,
			 uint64_t probe, uint64_t program)
{
	assert_int_equal(edge->times.cpu_ns, cpu);
	assert_int_equal(edge->times.blocked_ns, blocked);
	assert_int_equal(edge->times.waiting_ns, waiting);
	assert_int_equal(edge->times.probe_ns, probe);
	assert_int_equal(edge->times.program_ns, program);
}

/* A thread inside a call that began on EDGE at the time SINCE. */
static struct lprof_thread in_call(uint32_t edge, uint64_t since)
{
	return (struct lprof_thread){
		.newest = {.cfa = 0x7000,
			   .since = {.cpu_ns = since, .probe_ns = 30, .program_ns = 5},
			   .edge = edge,
			   .thread = 1},
		.times = {.cpu_ns = since, .probe_ns = 50, .program_ns = 12},
		.sp = 0x6000,
		.serial = 1,
	};
}

static void newest_frame_is_charged_up_to_now(void **state)
{
	const struct lprof_thread thread = in_call(2, NOW - 700);
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	charge(&thread, 1, NULL, 0, edges);
	assert_times(&edges[2], 100 + 700, 0, 0, 20, 7);
	edges[2] = (struct lprof_edge)EDGE(100);
	assert_unchanged(edges);
}

/* The totals of the thread are those at its end. */
static void ended_thread_is_charged_up_to_its_end(void **state)
{
	struct lprof_thread thread = in_call(0, NOW - 700);
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	thread.ended_ns = NOW - 600;
	thread.times.cpu_ns = NOW - 640;
	thread.times.blocked_ns = 40;
	thread.off_since_ns = NOW - 650; /* the thread ends when it leaves the CPU */
	charge(&thread, 1, NULL, 0, edges);
	assert_times(&edges[0], 1 + 60, 40, 0, 20, 7);
}

static void time_off_the_cpu_is_kept_apart(void **state)
{
	struct lprof_thread threads[] = {in_call(0, NOW - 900), in_call(1, NOW - 900)};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	threads[0].times.blocked_ns = 200;
	threads[0].times.waiting_ns = 100;
	threads[1].serial = 2;
	threads[1].times.blocked_ns = 200;
	threads[1].off_since_ns = NOW - 50;
	charge(threads, COUNT(threads), NULL, 0, edges);
	assert_times(&edges[0], 1 + 900 - 300, 200, 100, 20, 7);
	assert_times(&edges[1], 10 + 900 - 250, 250, 0, 20, 7);
}

/* A call that began when the site was in before is not charged; nor is one whose site has been taken out. */
static void calls_of_an_earlier_time_are_not_charged(void **state)
{
	struct lprof_thread thread = in_call(2, NOW - 700);
	const uint64_t later[] = {0, NOW - 699}, out[] = {0, UINT64_MAX}, then[] = {UINT64_MAX, NOW - 700};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	charge_opened(&thread, later, edges);
	charge_opened(&thread, out, edges);
	assert_unchanged(edges);
	charge_opened(&thread, then, edges);
	assert_times(&edges[2], 100 + 700, 0, 0, 20, 7);
	/* What the clock showed at the departure is the sum of the thread's times. */
	thread.newest.since.cpu_ns -= 300;
	thread.newest.since.blocked_ns = 200;
	thread.newest.since.waiting_ns = 100;
	edges[2] = (struct lprof_edge)EDGE(100);
	charge_opened(&thread, then, edges);
	assert_int_equal(edges[2].times.cpu_ns, 100 + 700 + 300);
}

static void what_cannot_be_charged_is_left_alone(void **state)
{
	struct lprof_thread threads[] = {in_call(LPROF_NO_EDGE, NOW - 700), in_call(EDGES, NOW - 700),
					 in_call(0, NOW + 1), in_call(1, NOW - 700), in_call(2, NOW - 700)};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	threads[3].newest.cfa = 0;
	threads[4].owner = 77; /* an owner without counters */
	for (uint32_t i = 0; i < COUNT(threads); i++)
		threads[i].serial = i + 1;
	charge(threads, COUNT(threads), NULL, 0, edges);
	assert_unchanged(edges);
}

/* Threads 3, 7 and 9, none of them in a call. */
#define OWNERS                                                                                                         \
	{                                                                                                              \
		{.serial = 3, .sp = 0x1000, .times = {.probe_ns = 5}},                                                 \
			{.serial = 7, .sp = 0x2000, .times = {.probe_ns = 60}},                                        \
		{                                                                                                      \
			.serial = 9, .sp = 0x3000, .times = {.cpu_ns = NOW - 10, .probe_ns = 70}, .ended_ns = NOW - 10 \
		}                                                                                                      \
	}

static void frames_put_aside_are_charged_to_their_threads(void **state)
{
	const struct lprof_thread threads[] = OWNERS;
	const struct lprof_frame frames[] = {
		{.cfa = 0x3001, .since = {.cpu_ns = NOW - 300}, .edge = 3, .thread = 9},
		{.cfa = 0x1001, .since = {.cpu_ns = NOW - 100, .probe_ns = 5}, .edge = 0, .thread = 3},
		{.cfa = 0x2001, .since = {.cpu_ns = NOW - 200, .probe_ns = 20}, .edge = 1, .thread = 7},
		/* recursion */
		{.cfa = 0x2010, .since = {.cpu_ns = NOW - 250, .probe_ns = 10}, .edge = 1, .thread = 7},
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	charge(threads, COUNT(threads), frames, COUNT(frames), edges);
	assert_times(&edges[0], 1 + 100, 0, 0, 0, 0);
	assert_times(&edges[1], 10 + 200 + 250, 0, 0, 40 + 50, 0);
	assert_times(&edges[2], 100, 0, 0, 0, 0);
	assert_times(&edges[3], 1000 + 290, 0, 0, 70, 0);
}

static void owners_have_their_own(void **state)
{
	struct lprof_thread threads[] = {in_call(2, NOW - 700), in_call(2, NOW - 400)};
	struct lprof_edge first[EDGES] = {0}, second[EDGES] = {0};
	const struct inflight_owner owners[] = {{5, first}, {9, second}};
	const struct inflight inflight = {threads,	 COUNT(threads), NULL, 0, NOW, owners,
					  COUNT(owners), EDGES,		 NULL, 0, NULL};

	(void)state;
	threads[0].owner = 9;
	threads[1].owner = 5;
	threads[1].serial = 2;
	inflight__charge(&inflight);
	assert_int_equal(first[2].times.cpu_ns, 400);
	assert_int_equal(second[2].times.cpu_ns, 700);
}

static void abandoned_frames_are_not_charged(void **state)
{
	struct lprof_thread threads[] = OWNERS;
	const struct lprof_frame frames[] = {
		/* at the stack pointer: no longer alive */
		{.cfa = 0x1000, .since = {.cpu_ns = NOW - 100}, .edge = 0, .thread = 3},
		{.cfa = 0x1fff, .since = {.cpu_ns = NOW - 100}, .edge = 1, .thread = 7},
		/* an owner without counters */
		{.cfa = 0x9000, .since = {.cpu_ns = NOW - 100}, .edge = 2, .thread = 8},
		{.cfa = 0x9000, .since = {.cpu_ns = NOW - 100}, .edge = 2, .thread = 0},
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	/* The newest frame may also have been left by an exception that was caught further up. */
	threads[0].newest = in_call(3, NOW - 100).newest;
	threads[0].sp = 0x7000;
	charge(threads, COUNT(threads), frames, COUNT(frames), edges);
	assert_unchanged(edges);
}

/* The stack may have grown again since the unwinding; frames that called after it are alive. */
static void frames_below_an_unwinding_are_gone(void **state)
{
	struct lprof_thread threads[] = OWNERS;
	const struct lprof_frame frames[] = {
		{.cfa = 0x5000, .since = {.cpu_ns = NOW - 500}, .edge = 0, .thread = 7},
		{.cfa = 0x5001, .since = {.cpu_ns = NOW - 500}, .edge = 1, .thread = 7},
		{.cfa = 0x4000, .since = {.cpu_ns = NOW - 200}, .edge = 2, .thread = 7},
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE;

	(void)state;
	threads[1].n_unwinds = 1;
	threads[1].unwinds[0] = (struct lprof_unwind){.cpu_ns = NOW - 300, .sp = 0x5000};
	charge(threads, COUNT(threads), frames, COUNT(frames), edges);
	assert_times(&edges[0], 1, 0, 0, 0, 0);
	assert_times(&edges[1], 10 + 500, 0, 0, 60, 0);
	assert_times(&edges[2], 100 + 200, 0, 0, 60, 0);
}

/* Frames of an interpreter are not on the native stack, and the interpreter reports their end. */
static void interpreted_frames_are_charged_wherever_they_are(void **state)
{
	struct lprof_thread thread = {
		.interpreted = {.cfa = 0x10,
				.since = {.cpu_ns = NOW - 50},
				.body = LPROF_BODY_INTERPRETED | 3,
				.edge = 1},
		.sp = 0x6000,
		.serial = 1,
	};
	const struct lprof_frame frames[] = {
		{.cfa = 0x20,
		 .since = {.cpu_ns = NOW - 300},
		 .body = LPROF_BODY_INTERPRETED | 4,
		 .edge = 0,
		 .thread = 1},
		{.cfa = 0x30, .body = LPROF_BODY_INTERPRETED | 5, .edge = LPROF_NO_EDGE, .thread = 1}, /* waits */
		{.cfa = 0, .body = LPROF_BODY_INTERPRETED | 6, .edge = 0, .thread = 1},		       /* has ended */
		{.cfa = 0x40, .body = LPROF_BODY_INTERPRETED | 6, .edge = 2, .thread = 1},	       /* unknown */
	};
	struct lprof_edge edges[EDGES + 1] = BEFORE, interpreted[3] = {0};
	const struct inflight_owner owner = {0, edges};
	const struct inflight inflight = {&thread, 1,		frames, COUNT(frames), NOW, &owner, 1,
					  EDGES,   interpreted, 2,	NULL};

	(void)state;
	inflight__charge(&inflight);
	assert_unchanged(edges);
	assert_times(&interpreted[0], 300, 0, 0, 0, 0);
	assert_times(&interpreted[1], 50, 0, 0, 0, 0);
	assert_times(&interpreted[2], 0, 0, 0, 0, 0);
}

/* Of a goroutine's frame it is only known whether it is in a call; that it was charged is told. */
static void goroutines_are_charged_and_counted(void **state)
{
	struct lprof_thread thread = in_call(1, NOW - 700);
	struct lprof_frame frames[] = {thread.newest, thread.newest};
	struct lprof_edge edges[EDGES + 1] = BEFORE;
	const struct inflight_owner owner = {0, edges};
	const struct inflight inflight = {&thread, 1, frames, COUNT(frames), NOW, &owner, 1, EDGES, NULL, 0, NULL};

	(void)state;
	thread.newest.cfa = 0;
	frames[0].cfa = LPROF_FRAME_MOVABLE | 0x100;
	frames[1].cfa = LPROF_FRAME_MOVABLE | 0x200;
	frames[1].edge = 2;
	frames[1].next = LPROF_NEXT_SURE;
	thread.sp = 0xc000008000;
	thread.unwinds[0] = (struct lprof_unwind){.cpu_ns = NOW, .sp = 0xc000008000};
	thread.n_unwinds = 1;
	assert_int_equal(inflight__charge(&inflight), 1);
	assert_times(&edges[1], 10 + 700, 0, 0, 20, 7);
	edges[1] = (struct lprof_edge)EDGE(10);
	assert_unchanged(edges);
}

static void nothing_is_allowed(void **state)
{
	const struct lprof_frame frame = {.cfa = 0x9000, .since = {.cpu_ns = 1}, .edge = 0, .thread = 1};
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
		cmocka_unit_test(time_off_the_cpu_is_kept_apart),
		cmocka_unit_test(calls_of_an_earlier_time_are_not_charged),
		cmocka_unit_test(what_cannot_be_charged_is_left_alone),
		cmocka_unit_test(frames_put_aside_are_charged_to_their_threads),
		cmocka_unit_test(owners_have_their_own),
		cmocka_unit_test(abandoned_frames_are_not_charged),
		cmocka_unit_test(frames_below_an_unwinding_are_gone),
		cmocka_unit_test(interpreted_frames_are_charged_wherever_they_are),
		cmocka_unit_test(goroutines_are_charged_and_counted),
		cmocka_unit_test(nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A stack cannot be walked when a thread leaves the processor, since there may be a hundred thousand such moments in a
 * second; and when it comes back, its stack is not at hand yet. But a thread that waits stays where it is: so its
 * registers and stack can be read at leisure, by this process, without disturbing it. A thread that has not run since
 * the last question waits at the same place, which the kernel's count of its switches tells; then nothing is read.
 *
 * The questions come at irregular times, since the target may wait in step with a regular clock. They become rare when
 * they take much of a processor, as in a process of thousands of threads.
 */
#include "sample/blocked_threads.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"

#define PERIOD_NS 20000000 /* between two questions, on average */
#define COST	  100	   /* asking may take this part of a processor */

/* A thread that was blocked at the last question. */
struct known {
	uint32_t tid;
	uint32_t node;
	uint64_t switches;
};

struct known_list {
	struct known *items;
	size_t n, capacity;
};

struct blocked_threads {
	blocked_threads_fn fn;
	void *ctx;
	struct bpf_link *link;
	int timer;
	struct known_list before, now; /* sorted by thread */
	uint64_t asked_ns;	       /* when the last question was */
	uint64_t due_ns;	       /* when the next one is */
	uint64_t took_ns;	       /* processor time of the last one */
	struct random_data random;
	char random_state[32];
};

/* Sets the timer to a random moment, on average PERIOD_NS from now. */
static int set_timer(struct blocked_threads *threads, uint64_t period_ns)
{
	struct itimerspec when = {0};
	uint64_t wait_ns;
	int32_t random = 0;

	(void)random_r(&threads->random, &random);
	wait_ns = period_ns / 2 + (uint64_t)((double)period_ns * random / RAND_MAX);
	threads->due_ns = clock__monotonic_ns() + wait_ns;
	when.it_value.tv_sec = (time_t)(wait_ns / CLOCK_SECOND_NS);
	when.it_value.tv_nsec = (long)(wait_ns % CLOCK_SECOND_NS);
	return timerfd_settime(threads->timer, 0, &when, NULL) ? -errno : 0;
}

int blocked_threads__new(const struct lprof_bpf *skel, blocked_threads_fn fn, void *ctx, struct blocked_threads **out)
{
	struct blocked_threads *threads = calloc(1, sizeof(*threads));
	int err;

	if (!threads)
		return -ENOMEM;
	threads->fn = fn;
	threads->ctx = ctx;
	(void)initstate_r((unsigned)clock__monotonic_ns(), threads->random_state, sizeof(threads->random_state),
			  &threads->random);
	threads->asked_ns = clock__monotonic_ns();
	threads->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	err = threads->timer < 0 ? -errno : set_timer(threads, PERIOD_NS);
	threads->link = err ? NULL : bpf_program__attach_iter(skel->progs.lprof_blocked, NULL);
	if (!err && !threads->link)
		err = -errno;
	if (err) {
		blocked_threads__free(threads);
		return err;
	}
	*out = threads;
	return 0;
}

void blocked_threads__free(struct blocked_threads *threads)
{
	if (!threads)
		return;
	bpf_link__destroy(threads->link);
	if (threads->timer >= 0)
		close(threads->timer);
	free(threads->before.items);
	free(threads->now.items);
	free(threads);
}

int blocked_threads__fd(const struct blocked_threads *threads)
{
	return threads->timer;
}

static int compare_known(const void *x, const void *y)
{
	const struct known *a = x, *b = y;

	return (a->tid > b->tid) - (a->tid < b->tid);
}

static int charge(struct blocked_threads *threads, const struct lprof_blocked *state, uint64_t waited_ns)
{
	struct known next = {.tid = state->tid, .switches = state->switches};
	const struct known *known = threads->before.n ? bsearch(&next, threads->before.items, threads->before.n,
								sizeof(next), compare_known)
						      : NULL;
	struct blocked_thread thread = {.state = state, .waited_ns = waited_ns};
	struct known_list *now = &threads->now;

	thread.moved = !known || known->switches != state->switches;
	thread.node = thread.moved ? 0 : known->node;
	if (grow__one(&now->items, &now->capacity, now->n, sizeof(next)))
		return -ENOMEM;
	next.node = threads->fn(&thread, threads->ctx);
	now->items[now->n++] = next;
	return 0;
}

/* Reads the threads that are blocked now, all of them before any is looked at, so that they are of one moment. */
static int read_states(const struct blocked_threads *threads, struct lprof_blocked **states, size_t *n)
{
	int fd = bpf_iter_create(bpf_link__fd(threads->link)), err = 0;
	size_t size = 0, capacity = 0;
	ssize_t got = 1;

	*states = NULL;
	if (fd < 0)
		return -errno;
	while (!err && got) {
		err = grow__to(states, &capacity, size + 64 * sizeof(**states), 1);
		got = err ? 0 : read(fd, (char *)*states + size, capacity - size);
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			err = -errno;
		size += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	*n = size / sizeof(**states);
	return err;
}

static int ask(struct blocked_threads *threads)
{
	uint64_t now_ns = clock__monotonic_ns(), waited_ns = now_ns - threads->asked_ns;
	struct known_list before = threads->before;
	struct lprof_blocked *states;
	size_t n = 0;
	int err = read_states(threads, &states, &n);

	threads->now.n = 0;
	for (size_t i = 0; !err && i < n; i++)
		err = charge(threads, &states[i], waited_ns);
	free(states);
	threads->asked_ns = now_ns;
	threads->before = threads->now;
	threads->now = before;
	if (threads->before.n)
		qsort(threads->before.items, threads->before.n, sizeof(*threads->before.items), compare_known);
	return err;
}

/* That of this thread: that others had the processor meanwhile does not make asking dear. */
static uint64_t processor_time_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * CLOCK_SECOND_NS + (uint64_t)time.tv_nsec;
}

int blocked_threads__take(struct blocked_threads *threads)
{
	uint64_t start_ns = processor_time_ns(), took_ns, dear_ns;
	int err, late;

	if (clock__monotonic_ns() < threads->due_ns)
		return 0;
	err = ask(threads);
	took_ns = processor_time_ns() - start_ns;
	/* The first walk through a library reads its tables for milliseconds, and no later one does. */
	dear_ns = COST * (took_ns < threads->took_ns ? took_ns : threads->took_ns);
	threads->took_ns = took_ns;
	/* After a failure too: until it is set, the timer that has run out wakes whoever waits for it. */
	late = set_timer(threads, dear_ns > PERIOD_NS ? dear_ns : PERIOD_NS);
	return err ? err : late;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of times: lines of known cost. The program itself measures what each line takes, in code that is not
 * profiled and alternates with the profiled code, so that both run on the same machine at the same speed. spans
 * SECONDS [THREADS [DEPTH]]: each of THREADS threads calls lines(), which calls itself DEPTH times. Prints "counter
 * calls N", and for each kind of line "span NAME NANOSECONDS", the mean of one execution.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define PAGE  4096
#define PAGES 32

enum span { CPU20, CPU100, CPU1US, CPU10US, CPU1MS, SLEEP, LOCK, FAULT, SPANS };

static const struct {
	const char *name;
	int repeat; /* executions in one call of lines() */
	/* time on a processor, for which spin() gets a number of turns; 0: the line takes time by other means */
	double ns;
} spans[SPANS] = {
	[CPU20] = {"cpu20", 1000, 20},	  [CPU100] = {"cpu100", 1000, 100},
	[CPU1US] = {"cpu1us", 200, 1000}, [CPU10US] = {"cpu10us", 20, 10000},
	[CPU1MS] = {"cpu1ms", 1, 1e6},	  [SLEEP] = {"sleep", 1, 0},
	[LOCK] = {"lock", 1, 0},	  [FAULT] = {"fault", 4, 0},
};

/* A thread, and its peer, which holds the lock for a millisecond each time that the thread waits for it. */
struct worker {
	pthread_t thread, peer;
	pthread_mutex_t lock;
	pthread_barrier_t barrier;
	int over;
	char *pages;
	unsigned long calls;
	double ns[SPANS];
	unsigned long n[SPANS];
};

static int turns[SPANS];
static double seconds;
static int depth;

static double now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

NOINLINE static uint64_t turn(uint64_t x, int n)
{
	while (n--)
		x = x * 6364136223846793005u + 1;
	return x;
}

/*
 * The callees. Each exists twice: one is called by lines() and may be profiled too (without a probe in its loop), the
 * other is measured.
 */
NOINLINE static uint64_t spin(uint64_t x, int n)
{
	x = turn(x, n);
	if (!x)
		abort();
	return x;
}

NOINLINE static uint64_t plain_spin(uint64_t x, int n)
{
	x = turn(x, n);
	if (!x)
		abort();
	return x;
}

NOINLINE static void nap(void)
{
	if (usleep(1000))
		abort();
}

NOINLINE static void plain_nap(void)
{
	if (usleep(1000))
		abort();
}

static void meet(struct worker *worker)
{
	pthread_barrier_wait(&worker->barrier);
}

NOINLINE static void take(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	if (pthread_mutex_unlock(&worker->lock))
		abort();
}

NOINLINE static void plain_take(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	if (pthread_mutex_unlock(&worker->lock))
		abort();
}

NOINLINE static void touch_each(struct worker *worker)
{
	for (int i = 0; i < PAGES; i++)
		worker->pages[i * PAGE] = 1;
}

NOINLINE static void touch(struct worker *worker)
{
	touch_each(worker);
	if (!worker->pages[0])
		abort();
}

NOINLINE static void plain_touch(struct worker *worker)
{
	touch_each(worker);
	if (!worker->pages[0])
		abort();
}

static void forget(struct worker *worker)
{
	madvise(worker->pages, (size_t)PAGES * PAGE, MADV_DONTNEED);
}

static void *hold(void *arg)
{
	struct worker *worker = arg;

	for (;;) {
		pthread_mutex_lock(&worker->lock);
		meet(worker);
		if (worker->over)
			break;
		usleep(1000);
		pthread_mutex_unlock(&worker->lock);
		meet(worker);
	}
	return NULL;
}

/* How long this thread has waited for a processor, according to the kernel. */
static double waited_ns(void)
{
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	double ran = 0, waited = 0;

	if (file && fscanf(file, "%lf %lf", &ran, &waited) != 2)
		waited = 0;
	if (file)
		fclose(file);
	return waited;
}

/*
 * Whether SPAN is off the processor. Spans on the processor are measured in processor time; from the elapsed time of
 * the others, the wait for a processor is subtracted.
 */
static bool is_off(enum span span)
{
	return span == SLEEP || span == LOCK;
}

/* Where the thread has to wait between the two readings, they are of different moments, and are taken once more. */
static double now_without_waiting(void)
{
	double waited, now;

	do {
		waited = waited_ns();
		now = now_ns(CLOCK_MONOTONIC);
	} while (waited_ns() != waited);
	return now - waited;
}

static double moment(enum span span)
{
	return is_off(span) ? now_without_waiting() : now_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void end(struct worker *worker, enum span span, double start, int n)
{
	worker->ns[span] += moment(span) - start;
	worker->n[span] += (unsigned long)n;
}

/*
 * What a fault takes depends on what has used the memory and this processor just before. Therefore faults are measured
 * among the profiled ones, and as often before one as behind one: only if it is the TURN of this place.
 */
NOINLINE static void measure_fault(struct worker *worker, bool turn)
{
	double start;

	if (!turn)
		return;
	forget(worker);
	start = moment(FAULT);
	plain_touch(worker);
	end(worker, FAULT, start, 1);
}

NOINLINE static uint64_t lines(struct worker *worker, uint64_t x, int level)
{
	unsigned first;

	for (int i = 0; i < spans[CPU20].repeat; i++) {
		x = spin(x, turns[CPU20]);  /* cpu20 */
		x = spin(x, turns[CPU100]); /* cpu100 */
	}
	for (int i = 0; i < spans[CPU1US].repeat; i++)
		x = spin(x, turns[CPU1US]); /* cpu1us */
	for (int i = 0; i < spans[CPU10US].repeat; i++)
		x = spin(x, turns[CPU10US]); /* cpu10us */
	x = spin(x, turns[CPU1MS]);	     /* cpu1ms */
	nap();				     /* sleep */
	meet(worker);
	take(worker); /* lock */
	meet(worker);
	first = (unsigned)(x >> 40) & 1; /* at random */
	for (unsigned i = 0; i < (unsigned)spans[FAULT].repeat; i++) {
		measure_fault(worker, i % 2 == first);
		forget(worker);
		touch(worker); /* fault */
		measure_fault(worker, i % 2 != first);
	}
	if (level)
		x = lines(worker, x, level - 1);
	return x;
}

static uint64_t reference(struct worker *worker, uint64_t x)
{
	double start;

	for (int span = CPU20; span <= CPU1MS; span++) {
		start = moment(span);
		for (int i = 0; i < spans[span].repeat; i++)
			x = plain_spin(x, turns[span]);
		end(worker, span, start, spans[span].repeat);
	}
	start = moment(SLEEP);
	plain_nap();
	end(worker, SLEEP, start, 1);
	meet(worker);
	start = moment(LOCK);
	plain_take(worker);
	end(worker, LOCK, start, 1);
	meet(worker);
	return x;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	double over = now_ns(CLOCK_MONOTONIC) + seconds * 1e9;
	uint64_t x = 1;

	while (now_ns(CLOCK_MONOTONIC) < over) {
		x = lines(worker, x, depth);
		for (int i = 0; i <= depth; i++)
			x = reference(worker, x);
		worker->calls += (unsigned long)depth + 1;
	}
	worker->over = 1;
	meet(worker);
	worker->over += x == 0;
	return NULL;
}

/* The smallest of several measurements of N turns, in nanoseconds for each call. */
static double time_of(int n)
{
	double least = 1e9;
	uint64_t x = 1;

	for (int i = 0; i < 100; i++) {
		double start = now_ns(CLOCK_MONOTONIC), ns;

		for (int k = 0; k < 100; k++)
			x = turn(x, n); /* not spin(), which may have probes in it */
		ns = (now_ns(CLOCK_MONOTONIC) - start) / 100;
		if (ns < least && x)
			least = ns;
	}
	return least;
}

static void learn_turns(void)
{
	double call = time_of(1), each = (time_of(1001) - call) / 1000;

	for (int span = CPU20; span <= CPU1MS; span++)
		turns[span] = 1 + (int)((spans[span].ns - call) / each);
}

static void start(struct worker *worker)
{
	pthread_mutex_init(&worker->lock, NULL);
	pthread_barrier_init(&worker->barrier, NULL, 2);
	worker->pages = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_create(&worker->peer, NULL, hold, worker);
	pthread_create(&worker->thread, NULL, work, worker);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 1;
	struct worker *workers = calloc((size_t)n, sizeof(*workers)), sum = {0};

	seconds = argc > 1 ? atof(argv[1]) : 1;
	depth = argc > 3 ? atoi(argv[3]) : 0;
	learn_turns();
	for (int i = 0; i < n; i++)
		start(&workers[i]);
	for (int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		pthread_join(workers[i].peer, NULL);
		sum.calls += workers[i].calls;
		for (int span = 0; span < SPANS; span++) {
			sum.ns[span] += workers[i].ns[span];
			sum.n[span] += workers[i].n[span];
		}
	}
	printf("counter calls %lu\n", sum.calls);
	for (int span = 0; span < SPANS; span++)
		printf("span %s %.2f\n", spans[span].name, sum.ns[span] / (double)sum.n[span]);
	free(workers);
	return 0;
}

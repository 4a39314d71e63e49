// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of times: a function of a few lines that take a microsecond each; more time is injected into one of them.
 * A twin of the function, which is not profiled, alternates with it and is timed as a whole. inject SECONDS
 * NANOSECONDS: prints "counter calls N", and as "span NAME NANOSECONDS" what a call of the twin took and what was
 * injected, by the thread's CPU clock.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common.h"

static int microsecond, injected; /* in turns of the loop of spin() */

static double now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

NOINLINE static uint64_t spin(uint64_t x, int n)
{
	while (n--)
		x = x * 6364136223846793005u + 1;
	return x;
}

NOINLINE static uint64_t work(uint64_t x)
{
	x = spin(x, microsecond); /* first */
	for (int i = 0; i < 2; i++)
		x = spin(x, microsecond);    /* second */
	x = spin(x, microsecond + injected); /* injected */
	if (x)
		x = spin(x, microsecond); /* fourth */
	return x;
}

NOINLINE static uint64_t twin(uint64_t x)
{
	x = spin(x, microsecond);
	for (int i = 0; i < 2; i++)
		x = spin(x, microsecond);
	x = spin(x, microsecond + injected);
	if (x)
		x = spin(x, microsecond);
	return x;
}

static double least_of(int n)
{
	double least = 1e9;
	uint64_t x = 1;

	for (int i = 0; i < 200; i++) {
		double start = now_ns(CLOCK_THREAD_CPUTIME_ID), ns;

		for (int k = 0; k < 20; k++)
			x = spin(x, n);
		ns = (now_ns(CLOCK_THREAD_CPUTIME_ID) - start) / 20;
		if (ns < least && x)
			least = ns;
	}
	return least;
}

/* Runs the loop with and without the injected turns, alternately; returns the difference of a pair. */
static double difference(uint64_t *x, int n)
{
	double start = now_ns(CLOCK_THREAD_CPUTIME_ID), middle;

	for (int i = 0; i < n; i++)
		*x = spin(*x, microsecond + injected);
	middle = now_ns(CLOCK_THREAD_CPUTIME_ID);
	for (int i = 0; i < n; i++)
		*x = spin(*x, microsecond);
	return (middle - start) - (now_ns(CLOCK_THREAD_CPUTIME_ID) - middle);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 1, extra = argc > 2 ? atof(argv[2]) : 0;
	double each = (least_of(2001) - least_of(1)) / 2000, end, twin_ns = 0, difference_ns = 0;
	unsigned long calls = 0;
	uint64_t x = 1;
	int batch;

	microsecond = (int)(1000 / each);
	injected = (int)(extra / each);
	batch = extra > 20000 ? 1 : 50;
	end = now_ns(CLOCK_MONOTONIC) + seconds * 1e9;
	while (now_ns(CLOCK_MONOTONIC) < end) {
		double start = now_ns(CLOCK_THREAD_CPUTIME_ID);

		for (int i = 0; i < batch; i++)
			x = twin(x);
		twin_ns += now_ns(CLOCK_THREAD_CPUTIME_ID) - start;
		difference_ns += difference(&x, batch);
		for (int i = 0; i < batch; i++)
			x = work(x);
		calls += (unsigned long)batch;
	}
	printf("counter calls %lu\nspan twin %.2f\nspan injected %.2f\n", calls, twin_ns / (double)calls,
	       difference_ns / (double)calls);
	return x == 0;
}

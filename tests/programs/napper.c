// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of times: sleeps, spins, and prints the wall time that each took. With an argument it runs until SIGINT or
 * SIGTERM.
 */
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	stopped = number;
}

static unsigned long spun_cpu; /* microseconds */

static unsigned long read_us(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (unsigned long)time.tv_sec * 1000000 + (unsigned long)time.tv_nsec / 1000;
}

static unsigned long now_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

NOINLINE static unsigned long spin(unsigned long us)
{
	unsigned long start = now_us(), start_cpu = read_us(CLOCK_THREAD_CPUTIME_ID), end;

	do
		end = now_us();
	while (end - start < us);
	spun_cpu += read_us(CLOCK_THREAD_CPUTIME_ID) - start_cpu;
	return end - start;
}

NOINLINE static unsigned long nap(unsigned long us)
{
	unsigned long start = now_us();

	usleep((useconds_t)us);
	return now_us() - start;
}

NOINLINE static void day(unsigned long *napped, unsigned long *spun)
{
	*napped += nap(10000);
	*spun += spin(5000);
	*napped += nap(1000);
}

int main(int argc, char **argv)
{
	unsigned long napped = 0, spun = 0, days = 0;

	(void)argv;
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	puts("ready");
	fflush(stdout);
	for (; !stopped && (argc > 1 || days < 20); days++)
		day(&napped, &spun);
	printf("counter days %lu\ncounter napped %lu\ncounter spun %lu\ncounter spun_cpu %lu\n", days, napped, spun,
	       spun_cpu);
	return stopped ? 40 + stopped : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop that suffers most from probes: 849666 turns of a small body for the default of 10000 starts. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common.h"

NOINLINE static int collatz(long n) /* calls: starts */
{
	int steps = 0; /* hits: starts */

	while (n != 1) {
		if (n & 1)
			n = 3 * n + 1; /* hits: odd */
		else
			n /= 2; /* hits: turns - odd */
		steps++;	/* hits: turns */
	}
	return steps; /* hits: starts */
}

static long ns_between(const struct timespec *begin, const struct timespec *end)
{
	return (end->tv_sec - begin->tv_sec) * 1000000000 + end->tv_nsec - begin->tv_nsec;
}

int main(int argc, char **argv)
{
	long starts = argc > 1 ? atol(argv[1]) : 10000, turns = 0, odd = 0;
	struct timespec begin, end, cpu_begin, cpu_end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_begin);
	for (long n = 1; n <= starts; n++)
		turns += collatz(n);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_end);
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (long n = 1; n <= starts; n++)
		for (long k = n; k != 1; k = k & 1 ? 3 * k + 1 : k / 2)
			odd += k & 1;
	printf("counter starts %ld\ncounter turns %ld\ncounter odd %ld\n", starts, turns, odd);
	fprintf(stderr, "ns %ld\ncpu_ns %ld\n", ns_between(&begin, &end), ns_between(&cpu_begin, &cpu_end));
	return 0;
}

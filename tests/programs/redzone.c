// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs until SIGTERM (or for ROUNDS rounds) and checks each result of its leaf functions, whose locals are below the
 * stack pointer. Prints "ready" at the start, and at the end how many results were wrong.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* At -O2 the volatile locals of a leaf live in the red zone without a frame. */
NOINLINE static unsigned long mix(unsigned long n) /* calls: 64 * rounds */
{
	volatile unsigned long a = n, b = n ^ 0x5555, c = 3 * n, d = ~n;

	if (a & 1)
		b += c; /* hits: 32 * rounds */
	else
		d -= a; /* hits: 32 * rounds */
	for (int i = 0; i < 3; i++)
		c += a ^ d; /* hits: 192 * rounds */
	return a + b + c + d;
}

NOINLINE static int bits(unsigned n) /* calls: 64 * rounds */
{
	volatile int count = 0;

	while (n) {
		count++; /* hits: 192 * rounds */
		n &= n - 1;
	}
	return count; /* hits: 64 * rounds */
}

static unsigned long mix_expected(unsigned long n)
{
	unsigned long a = n, b = n ^ 0x5555, c = 3 * n, d = ~n;

	if (a & 1)
		b += c;
	else
		d -= a;
	c += 3 * (a ^ d);
	return a + b + c + d;
}

int main(int argc, char **argv)
{
	unsigned long limit = argc > 1 ? strtoul(argv[1], NULL, 0) : 0, rounds = 0, wrong = 0;

	signal(SIGTERM, stop);
	puts("ready");
	fflush(stdout);
	do {
		for (unsigned n = 0; n < 64; n++) {
			wrong += mix(n) != mix_expected(n);
			wrong += bits(n) != __builtin_popcount(n);
		}
		rounds++;
	} while (!stopped && rounds != limit);
	printf("counter rounds %lu\nwrong %lu\n", rounds, wrong);
	return wrong ? 1 : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of samples: turns TURNS SECONDS: computes and sleeps in turns, at least so many and for so long; which
 * function called which is known. Prints "counter turns N".
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define SLEEP_US 20000

NOINLINE static unsigned long hot(unsigned long x)
{
	for (int i = 0; i < 1000000; i++)
		x = x * 6364136223846793005u + 1;
	return x;
}

NOINLINE static unsigned long outer(unsigned long x) /* calls: turns */
{
	for (int i = 0; i < 4; i++)
		x += hot(x); /* hits: 4 * turns */
	return x;
}

NOINLINE static void rest(void) /* calls: turns */
{
	usleep(SLEEP_US); /* hits: turns */
}

int main(int argc, char **argv)
{
	long turns = argc > 1 ? atol(argv[1]) : 60, seconds = argc > 2 ? atol(argv[2]) : 0, turn;
	time_t end = time(NULL) + seconds;
	unsigned long x = 1;

	for (turn = 0; turn < turns || time(NULL) < end; turn++) {
		x = outer(x);
		rest();
	}
	printf("counter turns %ld\n", turn);
	return !x;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of the live view: works one round for each line of its input, and reports that. One source line has a tab
 * inside, wide characters, and one that combines with the letter before.
 */
#include <stdio.h>
#include <unistd.h>

#include "common.h"

NOINLINE static unsigned slow(unsigned n) /* calls: 10 * rounds */
{
	usleep(40000); /* hits: 10 * rounds */
	return n + 1;  /* hits: 10 * rounds */
}

NOINLINE static unsigned quick(unsigned n) /* calls: rounds */
{
	for (unsigned i = 0; i < 3; i++)
		n ^= i; /* hits: 3 * rounds */
	/* 日本語	é */
	return n; /* hits: rounds */
}

NOINLINE static unsigned once_a_round(unsigned n) /* calls: rounds */
{
	usleep(80000); /* hits: rounds */
	for (unsigned i = 0; i < 10; i++)
		n = slow(n); /* hits: 10 * rounds */
	return quick(n);     /* hits: rounds */
}

int main(void)
{
	char line[16];
	unsigned rounds = 0, sum = 0;

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		sum += once_a_round(sum);
		printf("counter rounds %u\n", ++rounds);
		fflush(stdout);
	}
	return sum == 1;
}

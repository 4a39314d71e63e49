// SPDX-License-Identifier: GPL-2.0-or-later
/* A function that is inlined twice in one block, where a compiler can make one instruction of the two calls' own. */
#include <stdio.h>

#include "common.h"

static long called, sum;
static long table[4] = {1, 2, 3, 4};

static inline long weigh(long x)
{
	called++;		     /* count */
	return table[1] * x + x * x; /* weight */
}

NOINLINE long once(long x)
{
	return weigh(x);
}

NOINLINE long twice(long x)
{
	return weigh(x) - 3 * weigh(x + 1);
}

int main(void)
{
	for (long i = 0; i < 100; i++)
		sum += once(i) + twice(i);
	printf("counter called %ld\n%ld\n", called, sum);
	return called != 300;
}

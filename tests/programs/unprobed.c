// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions whose inlined code begins with instructions that cannot carry a probe. */
#include <stdio.h>

#include "common.h"

static long squares, sums;

static inline int square(int x) /* calls: squares */
{
	squares++;
	return x * x;
}

static inline void add(int x) /* calls: ADDED */
{
	sums += x; /* hits: ADDED */
}

NOINLINE int single(int x)
{
	return square(x) + 1;
}

NOINLINE void sometimes(int x)
{
	if (x % 3)
		add(x);
}

int main(void)
{
	int sum = 0;

	for (int i = 0; i < 90; i++) {
		sum += single(i);
		sometimes(i);
	}
	printf("counter squares %ld\ncounter ADDED %d\n%d %ld\n", squares, 60, sum, sums);
	return 0;
}

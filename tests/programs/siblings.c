// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions inlined several times side by side, so that one's code ends where the next one's begins, and in copies. */
#include <stdio.h>

#include "common.h"

static long squares, bodies, rounds, parts;

NOINLINE void bump(long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static int square(int x) /* calls: squares */
{
	bump(&squares); /* hits: squares */
	return x * x;	/* hits: squares */
}

NOINLINE int both(int x)
{
	return square(x + 1) + square(x);
}

/* GCC splits it, and inlines the rest into the head again; in main() the first round is a copy. */
static int part(int *p, int n) /* calls: parts */
{
	if (!p)
		return 0;
	bump(&bodies); /* hits: bodies */
	for (int i = 0; i < n; i++) {
		bump(&rounds);	 /* hits: rounds */
		*p = *p * 3 + i; /* hits: rounds */
	}
	return *p;
}

NOINLINE long sometimes(int *v, int n)
{
	long s = 0;

	for (int i = 0; i < n; i++)
		s += part(i % 3 ? v : NULL, i % 5);
	return s;
}

int main(int argc, char **argv)
{
	int v = argc;
	long s = sometimes(&v, 60);

	(void)argv;
	for (int i = 0; i < 20; i++)
		s += part(&v, i);
	parts = 60 + 20;
	for (int i = 0; i < 90; i++)
		s += both(i) + square(i + argc);
	printf("%ld\n", s);
	printf("counter squares %ld\ncounter bodies %ld\ncounter rounds %ld\ncounter parts %ld\n", squares, bodies,
	       rounds, parts);
	return 0;
}

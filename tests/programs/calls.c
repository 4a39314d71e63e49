// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls of every form, recursion, and frames of every shape. */
#include <alloca.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common.h"

struct pair {
	long a, b;
};

struct big {
	long v[16];
};

NOINLINE static unsigned fibonacci(unsigned n)
{
	if (n < 2)
		return n;			    /* hits: 987 */
	return fibonacci(n - 1) + fibonacci(n - 2); /* hits: 986 */
}

NOINLINE static int is_odd(unsigned n);

NOINLINE static int is_even(unsigned n) /* calls: 51 */
{
	if (n == 0)
		return 1;	  /* hits: 1 */
	return is_odd(n - 1) + 0; /* hits: 50 */
}

NOINLINE static int is_odd(unsigned n) /* calls: 50 */
{
	if (n == 0)
		return 0;	   /* hits: 0 */
	return is_even(n - 1) + 0; /* hits: 50 */
}

NOINLINE static unsigned ackermann(unsigned m, unsigned n)
{
	if (m == 0)
		return n + 1;
	return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

NOINLINE static long leaf(long n) /* calls: 300 */
{
	return n * n - 1; /* hits: 300 */
}

NOINLINE static long tail(long n) /* calls: 100 */
{
	if (n & 1)
		return leaf(n + 1); /* hits: 75 */
	return leaf(n);		    /* hits: 25 */
}

NOINLINE static long tail_loop(long n, long sum)
{
	if (n == 0)
		return sum;
	return tail_loop(n - 1, sum + n);
}

NOINLINE static long through(long (*const *table)(long), long n) /* calls: 100 */
{
	long sum = table[n & 1](n); /* hits: 100 */

	return sum + 1; /* hits: 100 */
}

/* Small enough to be inlined into all of its callers at -O2. */
static inline long square(long n)
{
	long result = n * n;

	if (result > 1000)
		result -= 1000;
	return result;
}

static inline long cube(long n)
{
	return square(n) * n;
}

NOINLINE static long inliner_a(long n) /* calls: 100 */
{
	return square(n) + square(n + 1); /* hits: 100 */
}

NOINLINE static long inliner_b(long n) /* calls: 100 */
{
	long sum = 0;

	for (long i = 0; i < 4; i++)
		sum += cube(n + i); /* hits: 400 */
	return sum;
}

NOINLINE static struct pair make_pair(long n) /* calls: 60 */
{
	struct pair pair = {n, n + 1}; /* hits: 60 */

	return pair;
}

NOINLINE static struct big make_big(long n) /* calls: 60 */
{
	struct big big;

	for (int i = 0; i < 16; i++)
		big.v[i] = n + i; /* hits: 960 */
	return big;
}

NOINLINE static long variadic(int n, ...) /* calls: 60 */
{
	va_list list;
	long sum = 0;

	va_start(list, n);
	for (int i = 0; i < n; i++)
		sum += va_arg(list, long);
	va_end(list);
	return sum; /* hits: 60 */
}

NOINLINE static long vla(unsigned n) /* calls: 60 */
{
	char text[n + 1];
	char *copy = alloca(n + 1); /* hits: 60 */

	memset(text, 'x', n); /* hits: 60 */
	text[n] = 0;
	for (unsigned i = 0; i <= n; i++)
		copy[i] = text[i]; /* hits: 1830 */
	return (long)strlen(copy); /* hits: 60 */
}

NOINLINE static long many(long a, long b, long c, long d, long e, long f, long g, long h, double i) /* calls: 60 */
{
	return a + b * c - d + e * f - g + h + (long)i; /* hits: 60 */
}

NOINLINE FRAMELESS static long frameless(long n) /* calls: 60 */
{
	return leaf(n) + 2;
}

int main(void)
{
	static long (*const table[])(long) = {leaf, tail};
	long sum = fibonacci(15) + is_even(100) + ackermann(2, 9) + tail_loop(50, 0);

	for (long n = 0; n < 100; n++)
		sum += through(table, n) + inliner_a(n) + inliner_b(n);
	for (long n = 0; n < 50; n++)
		sum += tail(n) + leaf(n);
	for (long n = 0; n < 60; n++) {
		sum += make_pair(n).b + make_big(n).v[7] + variadic(3, n, n + 1, n + 2) + vla((unsigned)n);
		sum += many(n, 1, 2, 3, 4, 5, 6, n, (double)n) + frameless(n);
	}
	for (long n = 0; n < 40; n++)
		sum += leaf(n);
	printf("result %ld\n", sum);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions that call themselves and each other. */
#include "counting.h"

static long n_fib, n_fib_leaf, n_fib_sum, n_gcd, n_gcd_end, n_even, n_odd, n_walk, n_walk_turn;

__attribute__((noinline)) static int fib(int n) /* @fib() */
{
	bump(&n_fib);
	if (n < 2) {
		bump(&n_fib_leaf); /* @fib_leaf */
		return n;
	}
	bump(&n_fib_sum); /* @fib_sum */
	return fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) static unsigned gcd(unsigned a, unsigned b)
{
	bump(&n_gcd); /* @gcd */
	if (!b) {
		bump(&n_gcd_end); /* @gcd_end */
		return a;
	}
	return gcd(b, a % b);
}

static int is_odd(int n);

__attribute__((noinline)) static int is_even(int n)
{
	bump(&n_even); /* @even */
	return n ? is_odd(n - 1) : 1;
}

__attribute__((noinline)) static int is_odd(int n)
{
	bump(&n_odd); /* @odd */
	return n ? is_even(n - 1) : 0;
}

/* Recursion within a loop, of which compilers inline some levels. */
static int walk(int depth, int width)
{
	int sum = depth;
	bump(&n_walk); /* @walk */
	for (int i = 0; i < width && depth; i++) {
		bump(&n_walk_turn); /* @walk_turn */
		sum += walk(depth - 1, width - 1);
	}
	return sum;
}

int main(void)
{
	long sum = 0;
	for (int i = 0; i < 10; i++)
		sum += fib(i) + gcd(91 * i, 13 + i) + is_even(i) + walk(i / 2, 3);
	printf("%ld\n", sum);
	SAY_CALLS(fib), SAY(fib_leaf), SAY(fib_sum), SAY(gcd), SAY(gcd_end), SAY(even), SAY(odd), SAY(walk), SAY(walk_turn);
}

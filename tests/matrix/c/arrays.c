/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loops without calls, which compilers unroll, vectorise, turn round and make branchless. How often their lines are
 * executed is computed beside them. */
#include <stdlib.h>
#include "counting.h"

static long n_sum, n_square, n_cell, n_less, n_capped, n_step, n_chain, n_fill;

__attribute__((noinline)) static int sums(const int *v, int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += v[i]; /* @sum? */
	n_sum += n;
	return sum;
}

__attribute__((noinline)) static void squares(float *to, const float *from, int n)
{
	for (int i = 0; i < n; i++)
		to[i] = from[i] * from[i] + 1; /* @square? */
	n_square += n;
}

__attribute__((noinline)) static void multiply(double (*c)[8], double (*a)[8], double (*b)[8])
{
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++)
			for (int k = 0; k < 8; k++)
				c[i][j] += a[i][k] * b[k][j]; /* @cell? */
	n_cell += 8 * 8 * 8;
}

__attribute__((noinline)) static int branches(int *v, int n, int cap)
{
	int less = 0, right_less = 0;
	for (int i = 0; i < n; i++) {
		right_less += v[i] < cap;
		if (v[i] < cap)
			less++; /* @less? */
		else
			v[i] = cap; /* @capped? */
	}
	n_less += right_less;
	n_capped += n - right_less;
	return less;
}

__attribute__((noinline)) static unsigned collatz(unsigned n)
{
	unsigned steps = 0;
	while (n != 1) {
		n = n % 2 ? 3 * n + 1 : n / 2; /* @step? */
		steps++;
	}
	n_step += steps;
	return steps;
}

struct item {
	struct item *next;
	int value;
};

__attribute__((noinline)) static int chain(const struct item *item)
{
	int sum = 0, length = 0;
	for (; item; item = item->next) {
		sum ^= item->value * 31; /* @chain? */
		length++;
	}
	n_chain += length;
	return sum;
}

int main(void)
{
	static double a[8][8], b[8][8], c[8][8];
	static float from[100], to[100];
	static struct item items[50];
	int v[100];
	long sum = 0;
	for (int i = 0; i < 100; i++)
		v[i] = rand() % 100; /* @fill */
	n_fill = 100;
	for (int i = 0; i < 50; i++)
		items[i] = (struct item){i ? &items[i - 1] : NULL, i};
	for (int i = 0; i < 30; i++) {
		sum += sums(v, 3 * i) + branches(v, i, 90 - i) + collatz(i + 1) + chain(&items[i]);
		squares(to, from, i);
		multiply(c, a, b);
	}
	printf("%ld %g %g\n", sum, to[3], c[2][2]);
	SAY(sum), SAY(square), SAY(cell), SAY(less), SAY(capped), SAY(step), SAY(chain), SAY(fill);
}

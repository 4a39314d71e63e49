// SPDX-License-Identifier: GPL-2.0-or-later
/* Several statements on a line, one statement on several lines, branches inside expressions. */
#include <stdio.h>

#include "common.h"

NOINLINE static int ternary(int n) /* calls: 100 */
{
	int x = n & 1 ? n * 3 : n / 2;
	int y = n % 3 == 0 ? x : n % 3 == 1 ? x + 1 : x - 1;

	return x + y; /* hits: 100 */
}

NOINLINE static int logic(int a, int b, int c) /* calls: 120 */
{
	int x = 0;

	if (a && b)
		x += 1; /* hits: 80 */
	if (a || b)
		x += 2; /* hits: 116 */
	if ((a && !b) || (b && c) || (a & c))
		x += 4; /* hits: 116 */
	if (a && b && c)
		x += 8; /* hits: 80 */
	return x + (a && c) - (b || c);
}

// clang-format off
NOINLINE static int crowded(int n) /* calls: 64 */
{
	int a = n, b = 2 * n; int c = a + b;
	if (a > 30) c++; else c--;
	if (a & 1) { b += c; c = 0; } if (b & 2) b--; a++;
	switch (n & 3) { case 0: a += 1; break; case 1: b += 1; break; default: c += 1; }
	return a + b + c; /* hits: 64 */
}
// clang-format on

NOINLINE static int add3(int a, int b, int c) /* calls: 200 */
{
	return a + b + c; /* hits: 200 */
}

NOINLINE static int twice(int n) /* calls: 500 */
{
	return 2 * n; /* hits: 500 */
}

// clang-format off
NOINLINE static int spread(int n) /* calls: 100 */
{
	int x =
		add3(
			twice(n),
			twice(n + 1),
			n > 50
				? n
				: -n);
	x = add3(twice(twice(x)), n,
		 twice(n));
	return
		x;
}

NOINLINE static int call_line(int n) { return n > 5 ? n - 1 : n + 1; } /* calls: 40 */
// clang-format on

NOINLINE static int no_body_statement(void) /* calls: 7 */
{
	return 1;
}

NOINLINE static void empty(void) /* calls: 9 */
{
}

int main(void)
{
	long sum = 0;

	for (int n = 0; n < 100; n++)
		sum += ternary(n) + spread(n);
	for (int n = 0; n < 120; n++)
		sum += logic(n % 5, n % 6, n % 2 || n % 3 || n % 4);
	for (int n = 0; n < 64; n++)
		sum += crowded(n);
	for (int n = 0; n < 40; n++)
		sum += call_line(n);
	for (int n = 0; n < 7; n++)
		sum += no_body_statement();
	for (int n = 0; n < 9; n++)
		empty();
	printf("result %ld\n", sum);
	return 0;
}

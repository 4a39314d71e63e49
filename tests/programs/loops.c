// SPDX-License-Identifier: GPL-2.0-or-later
/* Loops of every form. */
#include <stdio.h>

#include "common.h"

NOINLINE static unsigned long loop_for(unsigned long n) /* calls: 3 */
{
	unsigned long sum = 0; /* hits: 3 */

	for (unsigned long i = 0; i < n; i++)
		sum += i * i; /* hits: 1110 */
	return sum;
}

NOINLINE static unsigned long loop_while(unsigned long n) /* calls: 100 */
{
	unsigned long steps = 0; /* hits: 100 */

	while (n != 1) {
		if (n & 1)
			n = 3 * n + 1; /* hits: odd */
		else
			n /= 2; /* hits: even */
		steps++;	/* hits: odd + even */
	}
	return steps;
}

NOINLINE static unsigned long loop_do(unsigned long n) /* calls: 50 */
{
	unsigned long digits = 0; /* hits: 50 */

	do {
		digits += n % 10; /* hits: 115 */
		n /= 10;	  /* hits: 115 */
	} while (n);
	return digits;
}

NOINLINE static unsigned long loop_nested(unsigned n) /* calls: 1 */
{
	unsigned long sum = 0; /* hits: 1 */
	unsigned i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++) {
			if (j == 7)
				continue;
			if (j > 20)
				break; /* hits: 18 */
			sum += i ^ j;  /* hits: 577 */
		}
		sum += 3; /* hits: 40 */
	}
	return sum;
}

NOINLINE static unsigned long loop_one_line(unsigned n) /* calls: 2 */
{
	unsigned long sum = 0;
	// clang-format off
	for (unsigned i = 0; i < n; i++) sum += i;
	for (unsigned i = 0; i < n; i++) { if (i & 1) sum ^= i; else sum += 2; }
	while (n > 3) n -= 3;
	do sum++; while (sum & 7);
	// clang-format on
	return sum; /* hits: 2 */
}

NOINLINE static unsigned long loop_goto(unsigned n) /* calls: 1 */
{
	unsigned long sum = 0; /* hits: 1 */

again:
	if (n == 0)
		goto out; /* hits: 1 */
	sum += n;	  /* hits: 30 */
	n--;		  /* hits: 30 */
	goto again;	  /* hits: 30 */
out:
	return sum; /* hits: 1 */
}

NOINLINE static unsigned long loop_endless(unsigned n) /* calls: 1 */
{
	unsigned long sum = 0;

	for (;;) {
		sum += n; /* hits: 26 */
		if (n-- == 0)
			return sum; /* hits: 1 */
	}
}

NOINLINE static unsigned long loop_comma(unsigned n) /* calls: 1 */
{
	unsigned i, j;
	unsigned long sum = 0;

	for (i = 0, j = n; i < j; i++, j--)
		sum += i * j; /* hits: 50 */
	return sum;
}

/* Some rounds stay on the loop's line, the others leave it and come back. */
NOINLINE static unsigned long loop_left(unsigned n) /* calls: 2 */
{
	unsigned long sum = 0;
	unsigned i = 0;
	// clang-format off
	for (unsigned k = 0; k < n; k++) if (k % 3 == 0)
		sum++;
	while (i++ < n) if (i % 3 == 0 || i % 5 == 0)
		sum += i;
	for (unsigned j = 0; j < n; j++) for (unsigned k = 0; k < 3; k++) if ((j + k) % 4 == 0)
		sum ^= j;
	for (unsigned k = n; k; k--) { if (k % 7 == 0) continue; if (k % 2)
		sum += k; else
		sum--; }
	// clang-format on
	return sum; /* hits: 2 */
}

int main(void)
{
	unsigned long sum = 0, odd = 0, even = 0;

	for (unsigned n = 1; n <= 100; n++)
		for (unsigned long k = n; k != 1; k = k & 1 ? 3 * k + 1 : k / 2)
			*(k & 1 ? &odd : &even) += 1;
	printf("counter odd %lu\ncounter even %lu\n", odd, even);
	sum += loop_for(10) + loop_for(100) + loop_for(1000);
	for (unsigned n = 1; n <= 100; n++)
		sum += loop_while(n);
	for (unsigned n = 0; n < 50; n++)
		sum += loop_do(n < 25 ? n : 4 * n);
	sum += loop_nested(40) + loop_one_line(9) + loop_one_line(1000);
	sum += loop_goto(30) + loop_endless(25) + loop_comma(100) + loop_left(10) + loop_left(400);
	printf("result %lu\n", sum);
	return 0;
}

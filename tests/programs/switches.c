// SPDX-License-Identifier: GPL-2.0-or-later
/* Jumps to many places: tables, comparison trees, fallthrough, labels as values. */
#include <stdio.h>

#include "common.h"

NOINLINE static int dense(unsigned n, int x) /* calls: 1000 */
{
	switch (n) {
	case 0:
		x += 1; /* hits: 100 */
		break;	/* hits: 100 */
	case 1:
		x *= 3; /* hits: 100 */
		break;
	case 2:
		x -= 7; /* hits: 100 */
		break;
	case 3:
		x ^= 0x55; /* hits: 100 */
		break;
	case 4:
		x = ~x; /* hits: 100 */
		break;
	case 5:
		return -x; /* hits: 100 */
	case 6:
		x >>= 1; /* hits: 100 */
		break;
	case 7:
		x |= 1; /* hits: 100 */
		break;
	default:
		x += 100; /* hits: 200 */
	}
	return x & 0xffff; /* hits: 900 */
}

NOINLINE static int sparse(int n) /* calls: 1000 */
{
	switch (n) {
	case -1000:
		return 1; /* hits: 0 */
	case 3:
		return 2; /* hits: 1 */
	case 77:
		return 3; /* hits: 1 */
	case 500:
		return 4; /* hits: 1 */
	case 998:
		return 5; /* hits: 1 */
	case 123456789:
		return 6; /* hits: 0 */
	default:
		return 7; /* hits: 996 */
	}
}

NOINLINE static int fallthrough(unsigned n) /* calls: 1000 */
{
	int x = 0;

	switch (n % 6) {
	case 5:
		x += 5; /* hits: 166 */
		__attribute__((fallthrough));
	case 4:
		x += 4; /* hits: 332 */
		__attribute__((fallthrough));
	case 3:
		x += 3; /* hits: 499 */
		__attribute__((fallthrough));
	case 2:
		x += 2; /* hits: 666 */
		break;
	case 1:
		x -= 1; /* hits: 167 */
		__attribute__((fallthrough));
	default:
		x -= 9; /* hits: 334 */
	}
	return x;
}

NOINLINE static long interpret(const unsigned char *code) /* calls: 20 */
{
	static const void *const labels[] = {&&op_add, &&op_sub, &&op_double, &&op_loop, &&op_end};
	long value = 0, turns = 9;
	const unsigned char *at = code;

	goto *labels[*at++];
op_add:
	value += 5; /* hits: 200 */
	goto *labels[*at++];
op_sub:
	value -= 3;	     /* hits: 400 */
	goto *labels[*at++]; /* hits: 400 */
op_double:
	value *= 2;	     /* hits: 200 */
	goto *labels[*at++]; /* hits: 200 */
op_loop:
	if (turns-- > 0)
		at = code;   /* hits: 180 */
	goto *labels[*at++]; /* hits: 200 */
op_end:
	return value;
}

/* The table holds differences of labels, as in position-independent interpreters. */
NOINLINE static long interpret_relative(const unsigned char *code) /* calls: 1 */
{
	static const int labels[] = {&&op_add - &&op_add, &&op_sub - &&op_add, &&op_end - &&op_add};
	long value = 0;

	goto *(&&op_add + labels[*code++]);
op_add:
	value += 5; /* hits: 2 */
	goto *(&&op_add + labels[*code++]);
op_sub:
	value -= 3;			    /* hits: 3 */
	goto *(&&op_add + labels[*code++]); /* hits: 3 */
op_end:
	return value;
}

NOINLINE static int duff(int *to, const int *from, int n) /* calls: 5 */
{
	int turns = (n + 3) / 4; /* hits: 5 */

	switch (n % 4) {
	case 0:
		do {
			*to++ = *from++;
			__attribute__((fallthrough));
		case 3:
			*to++ = *from++;
			__attribute__((fallthrough));
		case 2:
			*to++ = *from++;
			__attribute__((fallthrough));
		case 1:
			*to++ = *from++;
		} while (--turns > 0);
	}
	return turns;
}

int main(void)
{
	static const unsigned char code[] = {0, 1, 2, 1, 3, 4}, relative[] = {0, 1, 1, 0, 1, 2};
	int from[32], to[32] = {0};
	long sum = 0;

	for (unsigned n = 0; n < 1000; n++)
		sum += dense(n % 10, (int)n) + sparse((int)n) + fallthrough(n);
	for (int n = 0; n < 20; n++)
		sum += interpret(code);
	sum += interpret_relative(relative);
	for (int n = 0; n < 32; n++)
		from[n] = n;
	for (int n = 9; n < 14; n++)
		sum += duff(to, from, n);
	for (int n = 0; n < 32; n++)
		sum += to[n];
	printf("result %ld\n", sum);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Branches: switches, conditions, jumps, and what is never executed. */
#include <stdlib.h>
#include "counting.h"

static long n_zero, n_one, n_fall, n_many, n_sparse, n_both, n_either, n_never, n_default, n_retry, n_chosen, n_returned;
static long n_select;

__attribute__((noinline)) static int dense(int kind)
{
	switch (kind) {
	case 0:
		bump(&n_zero); /* @zero */
		return 7;
	case 1:
		bump(&n_one); /* @one */
		/* fall through */
	case 2:
		bump(&n_fall); /* @fall */
		break;
	case 3:
	case 4:
	case 5:
		bump(&n_many); /* @many */
		return kind * 3;
	case 1000:
		bump(&n_sparse); /* @sparse */
		break;
	default:
		bump(&n_default); /* @default_case */
	}
	return kind;
}

__attribute__((noinline)) static int conditions(int a, int b)
{
	if (a > 3 && b > 5 && a != b)
		bump(&n_both); /* @both */
	if (a > 9 || b < 4)
		bump(&n_either); /* @either */
	if (a < 0)
		abort(); /* @never */
	return a + b;
}

__attribute__((noinline)) static int jumps(int n)
{
	int tries = 0;
retry:
	bump(&n_retry); /* @retry */
	if (n % 4 && tries++ < 3) {
		n--;
		goto retry;
	}
	if (n == 8)
		return bump(&n_returned), tries; /* @returned */
	return n;
}

/* Chosen by a table of values, by a conditional move, or by jumps. */
__attribute__((noinline)) static int select_value(int n)
{
	bump(&n_select); /* @select */
	switch (n) {
	case 1:
		return 12;
	case 2:
		return 31;
	case 3:
		return 77;
	case 4:
		return 8;
	}
	return n > 7 ? bump(&n_chosen), 3 : 4; /* @chosen_line */
}

int main(void)
{
	long sum = 0, chosen_line = 0;
	for (int i = 0; i < 60; i++) {
		sum += dense(i % 8 == 7 ? 1000 : i % 7) + conditions(i % 12, i % 9) + jumps(i) + select_value(i % 10);
		chosen_line += i % 10 < 1 || i % 10 > 4;
	}
	printf("%ld\n", sum);
	SAY(zero), SAY(one), SAY(fall), SAY(many), SAY(sparse), SAY(both), SAY(either), SAY(never), SAY(retry);
	SAY(returned), SAY(select);
	fprintf(stderr, "@default_case %ld\n@chosen_line %ld\n", n_default, chosen_line);
}

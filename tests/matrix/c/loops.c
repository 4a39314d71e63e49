/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of loops, with calls in them. */
#include "counting.h"

static long n_for_body, n_while_body, n_do_body, n_outer, n_inner, n_odd, n_even, n_found, n_never, n_after;

__attribute__((noinline)) static int simple(int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++) {
		bump(&n_for_body); /* @for_body */
		sum += i * n;
	}
	while (n > 1) {
		bump(&n_while_body); /* @while_body */
		n /= 2;
	}
	do {
		bump(&n_do_body); /* @do_body */
		n += 3;
	} while (n < 20);
	return sum + n;
}

__attribute__((noinline)) static int nested(const int *v, int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++) {
		bump(&n_outer); /* @outer */
		for (int k = i; k < n; k++) {
			if (v[k] < 0)
				break;
			bump(&n_inner); /* @inner */
			sum += v[k];
		}
	}
	return sum;
}

__attribute__((noinline)) static int early(const int *v, int n, int wanted)
{
	for (int i = 0; i < n; i++) {
		if (v[i] % 2) {
			bump(&n_odd); /* @odd */
			continue;
		}
		bump(&n_even); /* @even */
		if (v[i] == wanted) {
			bump(&n_found); /* @found */
			return i;
		}
		if (v[i] > 1000)
			bump(&n_never); /* @never */
	}
	bump(&n_after); /* @after */
	return -1;
}

int main(void)
{
	int v[40], sum = 0;
	for (int i = 0; i < 40; i++)
		v[i] = i % 13 == 12 ? -1 : i * 7 % 50;
	for (int i = 0; i < 20; i++)
		sum += simple(i) + nested(v, 2 * i) + early(v, 40, i * 3);
	printf("%d\n", sum);
	SAY(for_body), SAY(while_body), SAY(do_body), SAY(outer), SAY(inner);
	SAY(odd), SAY(even), SAY(found), SAY(never), SAY(after);
}

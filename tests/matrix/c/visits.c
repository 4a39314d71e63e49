/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Visits that compilers fold: unrolled loops, recursion made loops, parts of functions, counters without calls. */
#include <stdlib.h>

#include "counting.h"

static long n_ring, n_chunk, n_rare, n_common, n_hanoi, n_ack, n_tail, n_part, n_part_loop, n_unrolled, n_bit, n_zero,
	n_three;
static long n_element, n_null, n_insert, n_left, n_odd, n_steps, n_clamped, n_selected;

struct cursor {
	const int *at, *end;
	int step;
};

static inline int more(struct cursor *c)
{
	return c->at < c->end;
}

static inline int get(struct cursor *c)
{
	int v = *c->at;
	c->at += c->step;
	return v;
}

__attribute__((noinline)) static int ring(const int *v, int n)
{
	struct cursor c = {v, v + n, 1};
	int x, s = 0;
	while (more(&c)) {
		x = get(&c);
		bump(&n_ring); /* @ring */
		s ^= x;
	}
	struct cursor d = {v, v + n, 3};
	while (more(&d)) {
		s += get(&d);
		bump(&n_chunk); /* @chunk */
	}
	return s;
}

__attribute__((noinline)) static void rare(const int *v, int n, char *table[])
{
	for (int i = 0; i < n; i++)
		if (v[i] > 900)
			bump(&n_rare), table[v[i]] = "rare"; /* @rare */
		else
			bump(&n_common); /* @common */
}

static void hanoi(int n, int a, int b, int c)
{
	if (!n)
		return;
	hanoi(n - 1, a, c, b);
	bump(&n_hanoi); /* @hanoi */
	hanoi(n - 1, c, b, a);
}

__attribute__((noinline)) static int ack(int m, int n)
{
	bump(&n_ack); /* @ack */
	if (!m)
		return n + 1;
	if (!n)
		return ack(m - 1, 1);
	return ack(m - 1, ack(m, n - 1));
}

static long tail(long n, long acc)
{
	bump(&n_tail); /* @tail */
	if (n == 0)
		return acc;
	return tail(n - 1, acc + n);
}

static int part(int *p, int n)
{
	if (!p)
		return -1;
	bump(&n_part); /* @part */
	for (int i = 0; i < n; i++)
		if (p[i] & 1)
			bump(&n_part_loop); /* @part_loop */
	return p[0];
}

__attribute__((noinline)) static void unrolled(int base)
{
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++)
			bump(&n_unrolled); /* @unrolled */
	for (int i = 0; i < 3; i++) {
		if (base & (1 << i))
			bump(&n_bit); /* @bit */
	}
}

__attribute__((noinline)) static int chosen(int op)
{
	switch (op % 5) {
	case 0:
		bump(&n_zero); /* @zero */
		return 7;
	case 3:
		bump(&n_three); /* @three */
		return 7;
	default:
		return 1;
	}
}

static inline int element(int *v, int i)
{
	bump(&n_element); /* @element */
	return v[i];
}

__attribute__((noinline)) static int columns(int *v, int n)
{
	int s = 0;
	for (int i = 0; i < n; i++)
		s += element(v, i) > 3 ? element(v, i) : element(v, n - 1 - i);
	return s;
}

struct node {
	struct node *l, *r;
	int k;
};

static struct node *insert(struct node *t, int k)
{
	bump(&n_insert); /* @insert */
	if (!t) {
		bump(&n_null); /* @null */
		t = calloc(1, sizeof *t);
		t->k = k;
		return t;
	}
	if (k < t->k) {
		bump(&n_left); /* @left */
		t->l = insert(t->l, k);
	} else
		t->r = insert(t->r, k);
	return t;
}

__attribute__((noinline)) static long collatz(long n)
{
	long s = 0;
	while (n != 1) {
		if (n & 1)
			n = 3 * n + 1, n_odd++; /* @odd */
		else
			n /= 2;
		n_steps++; /* @steps */
		s++;
	}
	return s;
}

static inline int clamped(int value, int low, int high)
{
	bump(&n_clamped); /* @clamped */
	return value < low ? low : value > high ? high : value; /* @selected */
}

__attribute__((noinline)) static int clamps(const int *v, int n)
{
	int s = 0;
	for (int i = 0; i < n; i++) {
		if (v[i] & 1)
			s += clamped(v[i], 2, 9);
		else
			s ^= clamped(v[i] * 2, 1, 7);
		s += clamped(s, 0, 1000);
	}
	return s;
}

int main(void)
{
	int v[40];
	char *table[1000];
	long sum = 0;
	struct node *t = NULL;
	for (int i = 0; i < 40; i++)
		v[i] = i * 7 % 31;
	for (int i = 0; i < 20; i++) {
		sum += ring(v, i), rare(v, 2 * i, table), hanoi(i / 4, 1, 2, 3);
		sum += tail(i, 0) + part(i % 3 ? v : NULL, i) + part(v, 2) + chosen(i) + columns(v, i) + collatz(i + 1);
		sum += clamps(v, i);
		unrolled(i);
		t = insert(t, v[i]);
	}
	sum += ack(2, 3);
	printf("%ld\n", sum);
	SAY(ring), SAY(chunk), SAY(rare), SAY(common), SAY(hanoi), SAY(ack), SAY(tail), SAY(part), SAY(part_loop),
		SAY(unrolled), SAY(bit), SAY(zero), SAY(three), SAY(element), SAY(insert), SAY(null), SAY(left),
		SAY(odd), SAY(steps);
	n_selected = n_clamped; /* nothing is between them */
	SAY(clamped), SAY(selected);
}

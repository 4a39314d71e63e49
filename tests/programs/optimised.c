// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that optimising compilers rebuild. Right hits are those that gcov counts in the same program without
 * optimisation. Where a comment names a counter, the program prints how often that line was executed.
 */
#include <stdio.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

static volatile long counters[8], sink;
enum { BODY, NODE, FIB, EVEN, ODD, STEP, CELL, WALK };

NOINLINE void count(int which, int x)
{
	counters[which] += x > -5000;
}

NOINLINE void add(long *p, int x)
{
	*p += x;
}

/* Iterators in loops of one block, which has their code at its beginning and at its end. */

struct cursor {
	const int *at, *end;
};

static inline int next(struct cursor *c, int *x)
{
	if (c->at == c->end)
		return 0;
	*x = *c->at++;
	return 1;
}

NOINLINE void walk(const int *from, int n)
{
	struct cursor c = {from, from + n};
	int x;

	while (next(&c, &x))
		count(BODY, x); /* executed: BODY */
}

struct node {
	struct node *next;
	int value;
};

static inline struct node *following(struct node *n)
{
	return n->next;
}

NOINLINE void walk_list(struct node *n)
{
	while (n) {
		count(NODE, n->value); /* executed: NODE */
		n = following(n);
	}
}

NOINLINE long walk_both(const int *v, int n)
{
	struct cursor outer = {v, v + n};
	long sum = 0;
	int x, y;

	while (next(&outer, &x)) {
		struct cursor inner = {v, v + n};

		while (next(&inner, &y))
			sum += x ^ counters[WALK];
		add(&sum, y);
	}
	return sum;
}

static inline int digit(unsigned *n)
{
	int d = *n % 10;

	*n /= 10;
	return d;
}

NOINLINE int digits(unsigned n)
{
	int sum = 0;

	do
		sum += digit(&n);
	while (n);
	return sum;
}

/* Addresses and values that are computed in front of a loop, for branches that are not taken. */

static long small, large;

NOINLINE void scan(const int *v, int n)
{
	for (int i = 0; i < n; i++) {
		if (v[i] > 900)
			add(&large, v[i]); /* never */
		else
			add(&small, v[i]);
	}
}

NOINLINE void scan_pairs(const int *v, int n, int a, int b)
{
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < n; k++) {
			if (v[i] + v[k] == 1000)
				add(&large, a * b + 7);
			else if (v[k] == 4)
				add(&small, a - b);
		}
	}
}

NOINLINE int search(const int *v, int n, int wanted)
{
	int i = 0;

	while (v[i] != wanted) {
		if (v[i] < 0)
			add(&large, n * wanted);
		if (++i == n)
			return -1;
	}
	return i;
}

NOINLINE void rare_switch(const int *v, int n, int scale)
{
	for (int i = 0; i < n; i++) {
		switch (v[i]) {
		case 3:
			add(&small, scale * 3);
			break;
		case 77:
			add(&large, scale * 5);
			break;
		default:
			add(&small, 1);
		}
	}
}

/* Recursion. */

NOINLINE long fib(int n)
{
	count(FIB, n); /* executed: FIB */
	if (n < 2)
		return n;
	return fib(n - 1) + fib(n - 2);
}

static int is_odd(int n);

static int is_even(int n)
{
	count(EVEN, n); /* executed: EVEN */
	if (n == 0)
		return 1;
	return is_odd(n - 1);
}

static int is_odd(int n)
{
	count(ODD, n); /* executed: ODD */
	if (n == 0)
		return 0;
	return is_even(n - 1);
}

static void swap(int *a, int *b)
{
	int t = *a;

	*a = *b;
	*b = t;
}

NOINLINE void sort(int *v, int n)
{
	int last = 0;

	if (n < 2)
		return;
	swap(&v[0], &v[n / 2]);
	for (int i = 1; i < n; i++)
		if (v[i] < v[0])
			swap(&v[++last], &v[i]);
	swap(&v[0], &v[last]);
	sort(v, last);
	sort(v + last + 1, n - last - 1);
}

NOINLINE int ackermann(int m, int n)
{
	if (m == 0)
		return n + 1;
	if (n == 0)
		return ackermann(m - 1, 1);
	return ackermann(m - 1, ackermann(m, n - 1));
}

NOINLINE int divisor(int a, int b)
{
	if (b == 0)
		return a;
	return divisor(b, a % b);
}

/* Loops that are unrolled completely. */

NOINLINE void three(int base)
{
	for (int i = 0; i < 3; i++)
		count(STEP, base + i); /* executed: STEP */
}

NOINLINE void four(int base)
{
	for (int i = 0; i < 4; i++) {
		add(&small, base);
		add(&large, i);
		base += 3;
	}
}

NOINLINE void cells(int base)
{
	for (int row = 0; row < 2; row++)
		for (int column = 0; column < 3; column++)
			count(CELL, base + row * column); /* executed: CELL */
}

NOINLINE void some(int base)
{
	for (int i = 0; i < 3; i++) {
		if ((base + i) % 4 == 0)
			add(&small, i);
		else
			add(&large, i);
	}
}

/* Calls of inlined functions, in code that is duplicated. */

static inline int weigh(int x)
{
	if (x < 0)
		x = -x;
	add(&small, x);
	return x & 3;
}

NOINLINE int weigh_three(const int *v)
{
	int sum = 0;

	for (int i = 0; i < 3; i++)
		sum += weigh(v[i]);
	return sum;
}

static inline void log_it(int x)
{
	add(&large, x);
	add(&small, x + 1);
}

NOINLINE void threaded(int x)
{
	int quick = 0;

	if (x % 3 == 0)
		quick = 1;
	log_it(x);
	if (quick)
		add(&large, 5);
	else
		add(&small, 6);
}

static void use_iterators(int *items)
{
	static struct node nodes[50];

	for (int i = 0; i < 49; i++)
		nodes[i].next = &nodes[i + 1];
	walk(items, 1000);
	walk(items, 0);
	walk_list(nodes);
	sink += walk_both(items, 20);
	for (unsigned i = 0; i < 1000; i++)
		sink += digits(i);
}

static void use_hoisted(int *items)
{
	for (int i = 0; i < 100; i++) {
		scan(items, 10);
		sink += search(items, 10, 6);
		rare_switch(items, 10, i);
	}
	scan_pairs(items, 10, 3, 4);
}

static void use_recursion(int *items)
{
	fib(15);
	is_even(7);
	is_even(8);
	is_odd(3);
	for (int i = 0; i < 1000; i++)
		items[i] = i * 617 % 1000;
	sort(items, 1000);
	sink += ackermann(2, 5);
	for (int i = 0; i < 40; i++)
		sink += divisor(144, i);
}

static void use_unrolled(int *items)
{
	for (int i = 0; i < 100; i++) {
		three(i);
		four(i);
		cells(i);
		some(i);
		sink += weigh_three(items + i);
		threaded(i);
	}
}

int main(void)
{
	int *items = malloc(1000 * sizeof(*items));

	for (int i = 0; i < 1000; i++)
		items[i] = i;
	use_iterators(items);
	use_hoisted(items);
	use_recursion(items);
	for (int i = 0; i < 1000; i++)
		items[i] = i % 2 ? i : -i;
	use_unrolled(items);
	printf("BODY %ld NODE %ld FIB %ld EVEN %ld ODD %ld STEP %ld CELL %ld\n", counters[BODY], counters[NODE],
	       counters[FIB], counters[EVEN], counters[ODD], counters[STEP], counters[CELL]);
	free(items);
	return 0;
}

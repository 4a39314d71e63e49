// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What optimisers do to lines that cannot be counted exactly then: such hits must be marked. Each function is for one
 * kind, and is called ten times.
 */
#include <stdio.h>

#include "common.h"

static volatile int sink;
static int head, tail, total;
static volatile int buffer[16];

static NOINLINE int one(int x)
{
	return x + sink;
}

/* The test in front of the loop is followed by code that belongs to no statement. */
static NOINLINE int calls_in_a_loop(int n)
{
	int r = 0;

	for (int i = 0; i < n; i++) /* doubted: calls in a loop, 55 */
		r += one(i);
	return r;
}

/* What is returned needs no code. */
static NOINLINE int returned(int n)
{
	int t = 0;

	for (int i = 0; i < n; i++)
		t += i * t + 1;
	return t; /* doubted: returned, 10 */
}

/* A function without variables does not show that it was optimised. */
static NOINLINE void only_globals(void)
{
	while (head < tail) {		    /* doubted: only globals, 255 */
		total += buffer[head & 15]; /* doubted: in the loop, 245 */
		head++;			    /* doubted: counted, 245 */
	}
}

static NOINLINE void counted_global(void)
{
	for (head = 0; head < 8; head++) /* doubted: counted global, 90 */
		total += sink;		 /* doubted: added, 80 */
}

/* Code of the first line is moved into the loop. */
static NOINLINE int moved_declaration(int a, int *p) /* doubted: moved declaration, 10 */
{
	for (int i = 0; i < 4; i++) {
		*p = a;
		a += sink;
	}
	return a;
}

static inline int inlined(int x)
{
	int r = 0;

	while (x > 0) {
		r += x & 1;
		x >>= 1;
	}
	return r;
}

/* What the call returns is added later. */
static NOINLINE int late_sum(int i)
{
	int t = 0;

	t += one(i); /* doubted: late sum, 10 */
	t += inlined(i) + inlined(i * 2);
	return t + one(t);
}

/* Some ways out have a return of their own, one is a jump. */
static NOINLINE int ways_out(int x)
{
	if (x > 7)
		return one(x);
	if (x & 1)
		return 3;
	total += x;
	return total;
} /* doubted: closing brace, 10 */

/* An empty statement has a mark, and is executed where the branch is not. */
static NOINLINE int empty_statement(int x, int *error)
{
	if (x > 20)
	// clang-format off
		{ if (error) *error = x; return 1; }; /* doubted: empty statement, 0 */
	// clang-format on
	return x + sink;
}

/* Of equal statements one is left, which all come to. */
static NOINLINE int equal_statements(int x)
{
	if (x == 1)
		return -1; /* doubted, by marks: equal statement, 1 */
	if (sink == -5)
		return -1;
	if (x > 4)
		return -1;
	return x;
}

/* One of its calls of itself becomes a loop. */
static NOINLINE int fibonacci(int x) /* doubted: looped calls, 276 */
{
	if (x < 2)
		return x + sink;
	return fibonacci(x - 1) + fibonacci(x - 2);
} /* doubted: end of looped calls, 276 */

/* A loop that always has the same number of rounds, of which four are one. */
static int filled[4096];

static NOINLINE void fill(void)
{
	for (int i = 0; i < 4096; i++) /* doubted: filling loop, 40970 */
		filled[i] = 7;	       /* doubted: filled, 40960 */
}

/* What the second `if` tests is known where the first one was true. */
static NOINLINE int known_test(int kind, int x)
{
	int r = sink;

	if (kind == 1)
		r += one(x);
	else
		r -= one(r);
	if (kind != 1) /* doubted: known test, 10 */
		r *= 3;
	total += r;
	return r;
}

/* The same is compared twice. */
static NOINLINE int compared_again(int x, int *p, int *q)
{
	if (p != NULL) /* doubted: compared, 10 */
		*p = x;
	x += one(x);
	if (q != NULL)
		*q = x;
	x += one(x);
	if (p != NULL) /* doubted: compared again, 10 */
		*p += x;
	return x;
}

/* It is computed without a loop. */
static NOINLINE int product(int n)
{
	int t = 0;

	for (int i = 0; i < n; i++) /* doubted: product's loop, 55 */
		t += i;		    /* doubted: product, 45 */
	return t;
}

/* The call of memset() is on the line of the assignment, and the loop's line has its first test. */
static NOINLINE void fill_some(int rows)
{
	for (int i = 0; i < rows; i++) /* doubted, by clang: filling rows, 55 */
		for (int k = 0; k < 64; k++)
			filled[64 * i + k] = 0; /* doubted: filled rows, 2880 */
}

/* Two rounds become one. */
static unsigned char kinds[64];
static int found[256];

static NOINLINE void count_kinds(int n)
{
	for (int i = 0; i < n; i++) /* doubted: counting by two, 655 */
		found[kinds[i]]++;
}

/* What the inlined calls return is added behind both. */
static inline int count_up(int n, const volatile int *from)
{
	int r = 0;

	for (int i = 0; i < n; i++) {
		if (from[i & 15] == i)
			r++;
		else
			r += i;
	}
	return r;
}

static NOINLINE int two_sums(int n)
{
	int t = one(n);

	t += count_up(n, buffer);     /* doubted, by clang: first of two sums, 10 */
	t += count_up(n + 1, buffer); /* doubted, by clang: second of two sums, 10 */
	return t;
}

/* All its calls are inlined, and the brace has code in some of them. */
struct expression {
	int kind, info, list;
};

static void begin(struct expression *e, int kind, int info)
{
	e->kind = kind;
	e->info = info + sink;
	e->list = -1;
} /* doubted, by marks: brace of an inlined function, 20 */

static NOINLINE int begins(struct expression *e, int x)
{
	if (x < 5)
		begin(e, 1, x);
	else
		begin(e, 2, one(x));
	if (x & 1)
		return one(e->info);
	begin(e + 1, 3, x);
	begin(e + 2, x > 9, 5);
	return e->info;
}

/* What the second `if` tests is known where the loop is not entered. */
static NOINLINE int largest(const int *from, int n)
{
	int most = 0;

	for (int i = 0; i < n; i++)
		if (from[i] > most)
			most = from[i];
	if (most > 3) /* doubted, by marks: known on some ways, 10 */
		total += most;
	else
		total -= one(most);
	return most;
}

/* Equal code of three cases becomes one, which is that of the last. */
static NOINLINE int equal_cases(int kind, int *p)
{
	switch (kind) {
	case 0:
		total += one(1);
		p[0] = 7;
		p[1] = sink + 3;
		break;
	case 1:
		total += one(2);
		break;
	case 2:
		total += one(3);
		p[0] = 7;
		p[1] = sink + 3; /* doubted, by marks: last of equal cases, 2 */
		break;
	case 3:
		total -= one(4);
		break;
	default:
		total ^= one(5);
	}
	return total;
}

int main(void)
{
	struct expression e[3];
	int pair[2] = {0, 0};
	int t = 0, p = 0;

	for (int i = 0; i < 10; i++) { /* doubted: main's loop, 11 */
		t += calls_in_a_loop(i);
		t += returned(i);
		head = 0;
		tail = 20 + i;
		only_globals();
		counted_global();
		t += moved_declaration(i, &p);
		t += late_sum(i);
		t += ways_out(i);
		t += empty_statement(i, &p);
		t += equal_statements(i);
		t += fibonacci(i);
		fill();
		t += known_test(1, i) + filled[i];
		t += compared_again(i, &p, i & 1 ? &t : NULL);
		t += product(i);
		fill_some(i);
		kinds[5 * i] = (unsigned char)(i + 1);
		count_kinds(60 + i);
		t += two_sums(i);
		t += begins(e, i);
		t += largest(found, i);
		t += equal_cases(i % 5, pair);
	}
	printf("%d %d %d\n", t, total, p);
	return 0;
}

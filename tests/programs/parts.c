// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions that GCC splits: the heads are inlined into the callers, and some of the rests into the heads. */
#include <stdio.h>
#include <unistd.h>

#include "common.h"

struct node {
	struct node *left, *right;
	long value;
};

static long split, rest, naps, steps, rounds, tree, inner, twice, half;

NOINLINE void bump(long *counter)
{
	++*counter;
}

NOINLINE void nap(void)
{
	bump(&naps);
	usleep(2000);
	bump(&naps);
}

static void split_off(long *p, int k) /* calls: split */
{
	split++;
	if (__builtin_expect(!p, 1))
		return;
	bump(&rest); /* hits: rest */
	for (int i = 0; i < k; i++) {
		bump(&steps); /* hits: steps */
		if (*p < 1000)
			nap(); /* hits: naps / 2 */
		*p += i;
		bump(p);
		bump(p);
		bump(p);
		bump(p);
	}
	bump(p); /* hits: rest */
}

static void walk(struct node *node) /* calls: tree */
{
	tree++;
	if (!node)
		return;
	bump(&inner); /* hits: inner */
	bump(&node->value);
	if (node->value > 1000000)
		bump(&node->value); /* hits: 0 */
	walk(node->left);
	bump(&node->value); /* hits: inner */
	walk(node->right);
	bump(&node->value); /* hits: inner */
}

/* Split twice. GCC makes nothing of some calls with NULL, whose marks go with their code; so calls may be estimates. */
static int loop(long *p, int n)
{
	twice++;
	if (!p)
		return 0;
	bump(&half); /* hits: half */
	for (int i = 0; i < n; i++) {
		bump(&rounds); /* hits: rounds */
		*p = *p * 3 + i;
	}
	return (int)*p;
}

NOINLINE void first(long *p)
{
	split_off(p, 2);
	bump(&steps);
	steps--;
}

NOINLINE void second(long *p)
{
	split_off(p, 3);
	bump(&steps);
	steps--;
}

NOINLINE void third(long *p)
{
	bump(&steps);
	steps--;
	split_off(p, 1);
}

NOINLINE void trees(struct node *top, struct node *leaf)
{
	walk(top);
	bump(&steps);
	steps--;
	walk(leaf);
}

NOINLINE int loops(long *p, int n)
{
	int sum = loop(p, n);

	return sum + loop(n & 1 ? NULL : p, n + 1);
}

int main(void)
{
	struct node leaves[4] = {{0}};
	struct node middle[2] = {{&leaves[0], &leaves[1]}, {&leaves[2], &leaves[3]}};
	struct node top = {&middle[0], &middle[1]};
	long v = 5;

	for (int i = 0; i < 10; i++) {
		v = 5;
		first(i % 2 ? NULL : &v);
		second(i % 2 ? NULL : &v);
		third(i % 2 ? NULL : &v);
		loops(i % 3 ? NULL : &v, i);
	}
	trees(&top, NULL);
	printf("counter split %ld\ncounter rest %ld\ncounter naps %ld\ncounter steps %ld\n", split, rest, naps, steps);
	printf("counter tree %ld\ncounter inner %ld\ncounter twice %ld\ncounter half %ld\n", tree, inner, twice, half);
	printf("counter rounds %ld\n", rounds);
	return 0;
}

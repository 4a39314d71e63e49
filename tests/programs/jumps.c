// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that do not return the usual way: longjmp out of nested calls, exit() inside. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

static jmp_buf target;

NOINLINE static int inner(int n) /* calls: 300 */
{
	if (n % 3 == 0)
		longjmp(target, n + 1); /* hits: 100 */
	return n;			/* hits: 200 */
}

NOINLINE static int outer(int n) /* calls: 300 */
{
	int x = inner(n); /* hits: 300 */

	x += 2;	  /* hits: 200 */
	return x; /* hits: 200 */
}

NOINLINE static int deep(int depth, int n)
{
	int x;

	if (depth == 0)
		return outer(n); /* hits: 300 */
	x = deep(depth - 1, n);	 /* hits: 1200 */
	return x + 1;		 /* hits: 800 */
}

NOINLINE static int catcher(int n) /* calls: 300 */
{
	volatile int x = 0;

	x += 1; /* hits: 300 */
	if (setjmp(target) == 0)
		x += deep(4, n); /* hits: 300 */
	else
		x += 7; /* hits: 100 */
	return x;	/* hits: 300 */
}

NOINLINE static void leave(int sum) /* calls: 1 */
{
	printf("result %d\n", sum); /* hits: 1 */
	exit(7);		    /* hits: 1 */
}

NOINLINE static void before(int sum) /* calls: 1 */
{
	leave(sum);    /* hits: 1 */
	puts("never"); /* hits: 0 */
}

int main(void)
{
	int sum = 0;

	for (int n = 0; n < 300; n++)
		sum += catcher(n);
	before(sum);
	return 0;
}

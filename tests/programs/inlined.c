// SPDX-License-Identifier: GPL-2.0-or-later
/* A function that is inlined at -O2 and ends in a call, which returns to the surrounding function's code. */
#include <unistd.h>

#include "common.h"

NOINLINE static void work(void)
{
	usleep(10000);
	__asm__ volatile(""); /* no tail call */
}

static inline __attribute__((always_inline)) void inner(void)
{
	work(); /* hits: 10 */
}

NOINLINE static void outer(int n)
{
	for (int i = 0; i < n; i++)
		inner();
	usleep(500000);
}

int main(void)
{
	outer(10);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of zero_code.s, and a program that calls it, which prints how often each branch was executed. The code of
 * pick() has line 0 at the beginning of a block, that of stray() no row of its own there.
 */
#include <stdio.h>

void bump(unsigned i);
void pick(int k);
void stray(int k);

#ifdef LINES
void pick(int k)
{
	if (k % 4)
		bump(1);
	else
		bump(0);
}

void stray(int k)
{
	if (k % 5)
		bump(3);
	else
		bump(2);
}
#endif

static volatile long n[4];

void bump(unsigned i)
{
	n[i]++;
}

int main(void)
{
	for (int i = 0; i < 100; i++) {
		pick(i);
		stray(i);
	}
	return printf("%ld %ld %ld %ld\n", n[0], n[1], n[2], n[3]) < 0;
}

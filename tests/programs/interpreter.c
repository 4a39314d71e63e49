// SPDX-License-Identifier: GPL-2.0-or-later
/* An interpreter with computed gotos, which GCC makes one indirect jump of when it does not optimise. */
#include <stdio.h>

#include "common.h"

enum { ADD, TAKE, LOOP, SWAP, END };

static long adds, takes, loops, swaps, ends;

NOINLINE long interpret(const unsigned char *code, long n) /* calls: ends */
{
	static const void *const table[] = {&&add, &&take, &&loop, &&swap, &&end};
	const unsigned char *at = code;
	long sum = 0, other = 1;

	goto *table[*at++]; /* hits: ends */
add:
	adds++;
	sum += other;
	goto *table[*at++]; /* hits: adds */
take:
	takes++;
	sum -= 3;
	goto *table[*at++]; /* hits: takes */
swap:
	swaps++;
	other ^= sum;
	goto *table[*at++]; /* hits: swaps */
loop:
	loops++;
	if (n-- > 0)
		at = code;
	goto *table[*at++]; /* hits: loops */
end:
	ends++; /* hits: ends */
	return sum + other;
}

int main(void)
{
	static const unsigned char code[] = {ADD, ADD, TAKE, SWAP, ADD, LOOP, END};
	long sum = 0;

	for (int i = 0; i < 7; i++)
		sum += interpret(code, 100 * i);
	printf("counter adds %ld\ncounter takes %ld\ncounter loops %ld\n", adds, takes, loops);
	printf("counter swaps %ld\ncounter ends %ld\n%ld\n", swaps, ends, sum);
	return 0;
}

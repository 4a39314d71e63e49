/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
static volatile long sink[64];
__attribute__((noinline)) void par(int n)
{
#pragma omp parallel for
	for (int i = 0; i < n; i++)
		sink[i % 64] += i;
#pragma omp parallel
	sink[63] += 1;
}
int main(void)
{
	for (int i = 0; i < 10; i++)
		par(8);
	return printf("%ld\n", (long)sink[0]) < 0;
}

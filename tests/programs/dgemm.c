/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that another program calls: it computes the sum of a matrix product. */
#include <unistd.h>

#define SIZE 8

double dgemm_like(int seed)
{
	double a[SIZE][SIZE], b[SIZE][SIZE], sum = 0;

	usleep(2000); /* as long as a larger product would take */
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) {
			a[i][j] = seed + i;
			b[i][j] = seed - j;
		}
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++)
			for (int k = 0; k < SIZE; k++)
				sum += a[i][k] * b[k][j];
	return sum;
}

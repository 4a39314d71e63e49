// SPDX-License-Identifier: GPL-2.0-or-later
/* Eight threads in one function, which each calls 20000 times, or as often as the argument says. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

#define THREADS 8

static unsigned turns = 20000;

NOINLINE static unsigned long step(unsigned long n) /* calls: 160000 */
{
	if (n & 1)
		return 3 * n + 1; /* hits: odd */
	return n / 2;		  /* hits: 160000 - odd */
}

static unsigned long odd[THREADS];

NOINLINE static void *work(void *argument) /* calls: 8 */
{
	unsigned long index = (unsigned long)argument, value = index + 27; /* hits: 8 */

	for (unsigned i = 0; i < turns; i++) {
		odd[index] += value & 1; /* hits: 160000 */
		value = step(value);	 /* hits: 160000 */
		if (value == 1)
			value = index + 27 + i; /* hits: restarts */
	}
	return NULL; /* hits: 8 */
}

static unsigned long count_restarts(void)
{
	unsigned long restarts = 0;

	for (unsigned long index = 0; index < THREADS; index++) {
		unsigned long value = index + 27;

		for (unsigned i = 0; i < turns; i++) {
			value = value & 1 ? 3 * value + 1 : value / 2;
			if (value == 1) {
				value = index + 27 + i;
				restarts++;
			}
		}
	}
	return restarts;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	unsigned long sum = 0;

	if (argc > 1)
		turns = (unsigned)atoi(argv[1]);
	for (unsigned long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return 1;
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += odd[i];
	}
	printf("counter odd %lu\ncounter restarts %lu\nresult %lu\n", sum, count_restarts(), sum);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recursion on split stacks: most calls ask for a larger stack, and go on there.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile long called;

__attribute__((noinline)) int deep(int k) /* calls: 410 */
{
	volatile char frame[3000];

	called = called + 1; /* hits: 410 */
	frame[k] = 1;
	if (k == 0) {
		usleep(1000); /* hits: 10 */
		return 0;     /* hits: 10 */
	}
	return deep(k - 1) + frame[k]; /* hits: 400 */
}

static void *run(void *unused)
{
	(void)unused;
	for (int i = 0; i < 10; i++)
		deep(40);
	return NULL;
}

int main(void)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 32768);
	if (pthread_create(&thread, &small, run, NULL) || pthread_join(thread, NULL))
		return 1;
	return called == 410 ? 0 : 1;
}

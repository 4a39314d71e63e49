// SPDX-License-Identifier: GPL-2.0-or-later
/* crowd N: N threads that work a little and sleep a little, for ever. Prints "ready". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile long sink;

__attribute__((noinline)) void work(long n)
{
	for (long i = 0; i < 100; i++)
		sink += i * n;
}

static void *run(void *unused)
{
	for (;;) {
		work(2);
		usleep(2000);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = argc > 1 ? atoi(argv[1]) : 2; i; i--)
		if (pthread_create(&thread, &attr, run, NULL))
			return 1;
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}

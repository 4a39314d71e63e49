// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loops without a call, which end anywhere: stopped.c signals N lets a signal handler jump out of the loop N times, and
 * lets it return as often; stopped.c threads N has N threads that loop until the program is killed. The number of turns
 * is counted by single instructions. A turn that a signal stopped is not, though it may have begun. stopped.c fault N
 * has a loop that reads from address 0 in turn N, and jumps out of it each time; stopped.c crash N dies of that.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "common.h"

static volatile long odd, even, thirds;
static sigjmp_buf out;
static volatile sig_atomic_t handled;

static NOINLINE unsigned loop(unsigned n, const volatile int *stop)
{
	unsigned x = n;

	while (!*stop) {
		x = x * 1103515245 + 12345;
		if (x & 0x10000)
			__asm__ volatile("incq %0" : "+m"(odd)); /* odd */
		else
			__asm__ volatile("incq %0" : "+m"(even)); /* even */
		if (x % 3 == 0)
			__asm__ volatile("incq %0" : "+m"(thirds)); /* thirds */
	}
	return x;
}

static void handle(int number)
{
	if (handled++ % 2 || number == SIGSEGV)
		siglongjmp(out, 1);
}

static void by_signals(int n)
{
	const struct itimerval each = {{0, 700}, {0, 700}};
	static const volatile int never;

	signal(SIGALRM, handle);
	if (!sigsetjmp(out, 1))
		setitimer(ITIMER_REAL, &each, NULL);
	if (handled < n)
		loop((unsigned)handled, &never);
	setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
	printf("counter odd %ld\ncounter even %ld\ncounter thirds %ld\n", odd, even, thirds);
}

static NOINLINE int read_all(const volatile int *const *numbers)
{
	unsigned x = 1;
	int sum = 0;

	for (int i = 0;; i++) {
		x = x * 1103515245 + 12345;
		if (x & 0x10000)
			sum += *numbers[i];
		else if (x & 0x20000)
			sum -= *numbers[i];
		else
			sum ^= *numbers[i];
		if (sum & 1)
			sum *= 3;
	}
}

static void by_fault(int n)
{
	static const volatile int seven = 7;
	const volatile int **numbers = calloc((size_t)n + 1, sizeof(*numbers));

	if (!numbers)
		return;
	for (int i = 0; i < n; i++)
		numbers[i] = &seven;
	sigsetjmp(out, 1);
	if (handled < 6)
		read_all(numbers);
	free(numbers);
}

static void *thread(void *arg)
{
	static const volatile int never;

	return (void *)(long)loop((unsigned)(long)arg, &never);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 10;
	pthread_t last = 0;

	if (argc > 1 && !strcmp(argv[1], "signals")) {
		by_signals(n);
		return 0;
	}
	if (argc > 1 && (!strcmp(argv[1], "fault") || !strcmp(argv[1], "crash"))) {
		handled = 1;
		if (!strcmp(argv[1], "fault"))
			signal(SIGSEGV, handle);
		by_fault(n);
		return 0;
	}
	for (long i = 0; i < n; i++)
		if (pthread_create(&last, NULL, thread, (void *)i))
			return 1;
	puts("ready");
	fflush(stdout);
	return pthread_join(last, NULL);
}

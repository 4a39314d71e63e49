// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loops without a call, which end anywhere. The first argument says how:
 * signals N      a signal handler jumps out of the loop N times, and returns to it as often; the turns are counted by
 *                single instructions, so that one that a signal stopped is not, though it may have begun
 * threads N      N threads loop until the program is killed
 * fault N        turn N of a loop reads from address 0, and a handler jumps out of the loop
 * again N        the same, to the function that has the loop
 * crash N        the program dies of it
 * interrupted N  N calls of a short function, which signals interrupt whose handler returns
*/
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
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

static void count(int number)
{
	(void)number;
	handled++;
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

/* With TIMES, the handler comes back here, and so often. */
static NOINLINE int read_all(const volatile int *const *numbers, int times)
{
	volatile unsigned x = 1;
	volatile int sum = 0;

	if (times && sigsetjmp(out, 1) && handled > times)
		return sum;
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

static void by_fault(int n, bool again)
{
	static const volatile int seven = 7;
	const volatile int **numbers = calloc((size_t)n + 1, sizeof(*numbers));

	if (!numbers)
		return;
	for (int i = 0; i < n; i++)
		numbers[i] = &seven;
	if (again) {
		read_all(numbers, 6);
	} else {
		sigsetjmp(out, 1);
		if (handled < 6)
			read_all(numbers, 0);
	}
	free(numbers);
}

static NOINLINE unsigned brief(unsigned n)
{
	unsigned x = n;

	for (int i = 0; i < 20; i++) {
		if (x & 0x10000)
			x = x * 1103515245 + 12345;
		else
			x = x * 22695477 + 1;
	}
	return x; /* brief */
}

/* N calls that are interrupted by signals, whose handler returns. */
static void interrupted(int n)
{
	const struct itimerval each = {{0, 300}, {0, 300}};
	unsigned x = 0;

	signal(SIGALRM, count);
	setitimer(ITIMER_REAL, &each, NULL);
	for (int i = 0; i < n; i++)
		x += brief((unsigned)i);
	printf("%u\n", x);
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
	if (argc > 1 && !strcmp(argv[1], "again")) {
		signal(SIGSEGV, handle);
		by_fault(n, true);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "interrupted")) {
		interrupted(n);
		return 0;
	}
	if (argc > 1 && (!strcmp(argv[1], "fault") || !strcmp(argv[1], "crash"))) {
		handled = 1;
		if (!strcmp(argv[1], "fault"))
			signal(SIGSEGV, handle);
		by_fault(n, false);
		return 0;
	}
	for (long i = 0; i < n; i++)
		if (pthread_create(&last, NULL, thread, (void *)i))
			return 1;
	puts("ready");
	fflush(stdout);
	return pthread_join(last, NULL);
}

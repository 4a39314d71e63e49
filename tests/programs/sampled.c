// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of samples: stacks of many kinds, below each of which burn() takes PHASE_MS of processor time. sampled
 * [LIBRARY]: a shared object that is opened late, whose function shared_call() calls back. sampled fork: the same
 * work in a child. sampled paced: half a millisecond of work every ten, by the clock. sampled short: one phase of 20
 * ms.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define PHASE_MS 100
#define DEPTH	 40
#define NAPS	 20
#define NAP_US	 10000

/* Before a return, so that the call before it is not the last thing that is done, which compilers make a jump. */
#define RETURN_HERE __asm__ volatile("" ::: "memory")

static volatile uint64_t sink;
static volatile sig_atomic_t handled;

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

NOINLINE void burn(long ms)
{
	int64_t end = cpu_ns() + ms * 1000000;

	while (cpu_ns() < end)
		for (int i = 0; i < 20000; i++)
			sink += (uint64_t)i;
}

/* An array whose size is not known makes the compiler use a frame pointer in this function alone. */
NOINLINE int with_array(int n)
{
	char array[n];

	memset(array, n, (size_t)n);
	burn(PHASE_MS); /* below an array */
	return array[n / 2];
}

NOINLINE int inner(int n)
{
	burn(PHASE_MS); /* innermost */
	return with_array(n) + n;
}

NOINLINE int outer(int n)
{
	return inner(n + 1) + 1; /* outer calls */
}

NOINLINE int recurse(int n)
{
	int below = 1;

	if (n > 1)
		below += recurse(n - 1); /* again */
	else
		burn(PHASE_MS); /* at the bottom */
	RETURN_HERE;
	return below;
}

static int compare(const void *a, const void *b)
{
	burn(PHASE_MS / 3); /* compares */
	return *(const int *)a - *(const int *)b;
}

NOINLINE void sort(void)
{
	int numbers[] = {3, 1, 2};

	qsort(numbers, 3, sizeof(numbers[0]), compare); /* sorts */
	sink += (uint64_t)numbers[0];
}

static void handler(int signal)
{
	(void)signal;
	burn(PHASE_MS);	       /* handles */
	usleep(NAPS * NAP_US); /* sleeps in the handler */
	handled = 1;
}

/* The signal comes while an instruction of this function is executed, not in a call. */
NOINLINE void be_interrupted(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	const struct itimerspec soon = {.it_value.tv_nsec = 20000000};
	timer_t timer;

	signal(SIGUSR1, handler);
	timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	while (!handled)
		sink++; /* is interrupted */
	timer_delete(timer);
}

static inline __attribute__((always_inline)) void inlined(long ms)
{
	burn(ms); /* inlined calls */
	burn(ms); /* inlined calls again */
}

NOINLINE void with_inlined(void)
{
	inlined(PHASE_MS / 2); /* the inlined call */
	sink++;
}

static void called_back(void)
{
	burn(PHASE_MS); /* called back */
	RETURN_HERE;
}

NOINLINE void open_late(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW);
	void (*call)(void (*)(void)) = handle ? (void (*)(void (*)(void)))dlsym(handle, "shared_call") : NULL;

	if (!call)
		abort();
	call(called_back); /* calls the library */
	RETURN_HERE;
}

static void *in_thread(void *unused)
{
	burn(PHASE_MS); /* in a thread */
	return unused;
}

NOINLINE void start_thread_of_its_own(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, NULL))
		abort();
	pthread_join(thread, NULL); /* waits for the thread */
}

NOINLINE void sleep_often(void)
{
	for (int i = 0; i < NAPS; i++)
		usleep(NAP_US); /* sleeps */
}

static int in_child(void)
{
	pid_t child = fork();
	int status = 1;

	if (!child) {
		/* Who looks for it needs a moment to find it when the machine is busy. */
		burn(500);
		recurse(3);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void be_paced(void)
{
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	for (int i = 0; i < 200; i++) {
		int64_t end;

		when.tv_nsec += 10000000;
		when.tv_sec += when.tv_nsec / 1000000000;
		when.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
		for (end = cpu_ns() + 500000; cpu_ns() < end;)
			for (int turn = 0; turn < 1000; turn++)
				sink += (uint64_t)turn;
	}
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "fork"))
		return in_child();
	if (argc > 1 && !strcmp(argv[1], "short")) {
		burn(20);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "paced")) {
		be_paced();
		return 0;
	}
	outer(20);
	recurse(DEPTH);
	sort();
	be_interrupted();
	with_inlined();
	if (argc > 1)
		open_late(argv[1]);
	start_thread_of_its_own();
	sleep_often();
	printf("counter cpu_ns %lld\n", (long long)cpu_ns());
	return 0;
}

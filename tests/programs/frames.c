// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls the functions of frames_code.s, each 20 times, and measures how long those took. The comments there tell how
 * often each line is executed.
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

void pointer(void), plain(void), forgetful(void), lost(void), drain(void), pour(void);
int doze(void), drop(void);
void count(void);

static volatile int dozed, counted, level;
static jmp_buf out;

/* Whether it was called an odd number of times. */
int doze(void)
{
	usleep(500);
	return ++dozed % 2;
}

void count(void)
{
	counted++;
}

/* Counts down to 0; a call in the middle of which ten are left, is left by an exception. */
int drop(void)
{
	if (level == 10)
		longjmp(out, 1);
	return --level > 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void measure(const char *name, void (*function)(void))
{
	int64_t begin = now_ns();

	for (int i = 0; i < 20; i++)
		function();
	printf("counter %s %lld\n", name, (long long)(now_ns() - begin));
}

/* Every other call is abandoned at once; the next one has its frame at the same place, after a long time. */
static void abandon(const char *name, void (*function)(void))
{
	int64_t sum = 0;

	for (volatile int i = 0; i < 20; i++) {
		int64_t begin = now_ns();

		level = i % 2 ? 9 : 10;
		if (!setjmp(out))
			function();
		sum += now_ns() - begin;
		usleep(5000);
	}
	printf("counter %s %lld\n", name, (long long)sum);
}

int main(void)
{
	measure("pointer", pointer);
	measure("plain", plain);
	measure("forgetful", forgetful);
	measure("lost", lost);
	abandon("drain", drain);
	abandon("pour", pour);
	return counted == 40 ? 0 : 1;
}

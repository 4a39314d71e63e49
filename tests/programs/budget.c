// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * For tests of budgets: calls hot() until SIGTERM, and counts that in the file that is its argument, where others can
 * read it while it goes on. SIGUSR1 makes it call rare() 300 times as well, about once a millisecond.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define RARE_CALLS 300

/* Forty multiplications without a jump. */
#define FOUR(x)	 (((((x)*3 ^ 1) * 5 ^ 1) * 7 ^ 1) * 9 ^ 1)
#define FORTY(x) FOUR(FOUR(FOUR(FOUR(FOUR(FOUR(FOUR(FOUR(FOUR(FOUR(x))))))))))

static volatile sig_atomic_t stopped, asked;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		asked = 1;
	else
		stopped = 1;
}

NOINLINE static unsigned long hot(unsigned long x) /* calls: turns */
{
	for (unsigned i = 0; i < 50; i++)
		x = FORTY(x) ^ i; /* hits: 50 * turns */
	return x;
}

NOINLINE static unsigned long rare(unsigned long x) /* calls: 300 */
{
	for (unsigned i = 0; i < 3; i++)
		x += i; /* hits: 900 */
	return x;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644) : -1, left = 0;
	volatile uint64_t *counts; /* calls of hot, calls of rare */
	unsigned long x = 1;
	uint64_t last_ms = 0;

	if (fd < 0 || ftruncate(fd, 2 * sizeof(*counts)))
		return 1;
	counts = mmap(NULL, 2 * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counts == MAP_FAILED)
		return 1;
	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	while (!stopped) {
		x = hot(x);
		counts[0]++;
		if (asked) {
			asked = 0;
			left = RARE_CALLS;
		}
		if (left && counts[0] % 16 == 0 && now_ms() != last_ms) {
			last_ms = now_ms();
			x = rare(x);
			counts[1]++;
			left--;
		}
	}
	return !x;
}

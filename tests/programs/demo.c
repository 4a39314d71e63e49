// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that `make demo` profiles: the longest Collatz chain. One of its lines is expensive, one is frequent and
 * one waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct chain {
	long start;
	int length;
};

static __attribute__((noinline)) int chain_length(long n)
{
	int length = 1;

	while (n != 1) {
		n = n % 2 ? 3 * n + 1 : n / 2;
		length++;
	}
	return length;
}

static int by_length(const void *a, const void *b)
{
	const struct chain *x = a, *y = b;

	return (x->length > y->length) - (x->length < y->length);
}

static __attribute__((noinline)) void save_progress(long n)
{
	struct timespec disk = {.tv_nsec = 2000000};

	(void)n;
	nanosleep(&disk, NULL);
}

__attribute__((noinline)) struct chain longest_chain(struct chain *chains, long count)
{
	for (long i = 0; i < count; i++) {
		chains[i].start = i + 1;
		chains[i].length = chain_length(i + 1);
		if (i % 1000 == 999)
			save_progress(i);
	}
	qsort(chains, (size_t)count, sizeof(*chains), by_length);
	return chains[count - 1];
}

int main(void)
{
	enum { COUNT = 100000 };
	struct chain *chains = calloc(COUNT, sizeof(*chains));
	struct chain best;

	if (!chains)
		return 1;
	for (int round = 0; round < 6; round++)
		best = longest_chain(chains, COUNT);
	printf("The longest Collatz chain below %d starts at %ld and has %d members.\n", COUNT, best.start,
	       best.length);
	free(chains);
	return 0;
}

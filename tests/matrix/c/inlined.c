/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small functions, inlined in several places, some within each other, and one of another unit. */
#include "counting.h"
#include "inlined.h"

static long n_clamp, n_low, n_high, n_scale, n_twice, n_entry, n_skipped;
static long n_caller;

static inline int clamp(int value, int low, int high) /* @clamp() */
{
	bump(&n_clamp);
	if (value < low) {
		bump(&n_low); /* @low */
		return low;
	}
	if (value > high) {
		bump(&n_high); /* @high */
		return high;
	}
	return value;
}

static inline int scale(int value)
{
	bump(&n_scale); /* @scale */
	return clamp(value * 3, 0, 50);
}

static inline int twice(int value)
{
	bump(&n_twice); /* @twice */
	return scale(value) + scale(-value);
}

/* Compilers split off what follows the first test. */
static int guarded(const int *value)
{
	if (!value) {
		bump(&n_skipped); /* @skipped */
		return 0;
	}
	bump(&n_entry); /* @entry */
	return clamp(*value, 2, 8) + twice(*value) + other_unit(*value);
}

__attribute__((noinline)) static int caller(int n)
{
	int sum = 0;
	bump(&n_caller); /* @caller */
	for (int i = 0; i < n; i++)
		sum += guarded(i % 3 ? &i : NULL) + clamp(i, 1, 4) + other_unit(n);
	return sum;
}

int main(void)
{
	int sum = 0;
	for (int i = 0; i < 20; i++)
		sum += caller(i) + twice(i) + guarded(&i);
	printf("%d\n", sum);
	SAY_CALLS(clamp), SAY(low), SAY(high), SAY(scale), SAY(twice), SAY(entry), SAY(skipped), SAY(caller);
	say_other_unit();
}

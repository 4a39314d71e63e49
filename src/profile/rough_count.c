// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/rough_count.h"

#include <math.h>

/* A doubt is a whole number and never becomes 0, which would mean that the count is exact. */
static uint64_t whole(double doubt)
{
	return doubt < 0x1p64 ? (uint64_t)ceil(doubt) : UINT64_MAX;
}

uint64_t rough_count__doubt_of_sum(uint64_t a, uint64_t b)
{
	if (!a || !b) /* which a floating-point number might not hold exactly */
		return a | b;
	return whole(hypot((double)a, (double)b));
}

uint64_t rough_count__doubt_of_rise(uint64_t now, uint64_t now_doubt, uint64_t sent, uint64_t sent_doubt)
{
	double a = (double)now_doubt, b = (double)sent_doubt;

	if (!now_doubt || !sent_doubt)
		return now_doubt | sent_doubt;
	if (now_doubt == sent_doubt)
		return now != sent;
	return whole(sqrt(fabs((a - b) * (a + b))));
}

bool rough_count__differ(uint64_t a, uint64_t doubt_a, uint64_t b, uint64_t doubt_b)
{
	return (a > b ? a - b : b - a) > rough_count__doubt_of_sum(doubt_a, doubt_b);
}

uint64_t rough_count__rounded(uint64_t count, uint64_t doubt)
{
	uint64_t unit = 1, rest;

	while (doubt / 20 >= unit && count / 10 >= unit)
		unit *= 10;
	rest = count % unit;
	if (rest < unit - rest)
		return count - rest;
	return count <= UINT64_MAX - (unit - rest) ? count + (unit - rest) : count - rest;
}

uint64_t rough_count__above(uint64_t count)
{
	uint64_t unit = 1;

	while (count / unit >= 100)
		unit *= 10;
	return __builtin_mul_overflow(count / unit + 1, unit, &count) ? UINT64_MAX : count;
}

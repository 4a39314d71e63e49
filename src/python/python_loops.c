// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code that is executed has caches between its instructions, which may look like instructions, and specialised
 * instructions, whose numbers differ between builds. So it is not decoded from the beginning. A FOR_ITER is believed if
 * the instruction before the end of its loop leads back to it.
 */
#include "python/python_loops.h"

#include <stdbool.h>

#define FOR_ITER     93
#define EXTENDED_ARG 144

/* The argument of the instruction at I, whose higher bytes are in the instructions before it. */
static size_t argument(const uint16_t *units, size_t i, bool extended)
{
	size_t low = units[i] >> 8;

	return extended && i ? low | (size_t)(units[i - 1] >> 8) << 8 : low;
}

/* Where the loop of the FOR_ITER at I ends; 0: it is none. */
static size_t loop_end(const uint16_t *units, size_t n, size_t i)
{
	for (int extended = 0; extended < 2; extended++) {
		size_t end = i + 1 + argument(units, i, extended);

		/* When the loop is left, control goes behind the jump back. */
		for (int longer = 0; end <= n && end > i + 1 && longer < 2; longer++) {
			size_t back = argument(units, end - 1, longer);

			if (back == end - i || (extended && back == end - i + 1))
				return end;
		}
	}
	return 0;
}

size_t python_loops__around(const uint16_t *units, size_t n, size_t at, size_t *loops, size_t most)
{
	size_t found = 0;

	for (size_t i = 0; i <= at && i < n && found < most; i++)
		if ((units[i] & 0xff) == FOR_ITER && at < loop_end(units, n, i))
			loops[found++] = i;
	return found;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sorted: finds a number in an array whose items ascend by a number that each of them has. Several may have the same.
 * Pure.
 *
 * Of structures, it is the number in FIELD, which must be a uint32_t or a uint64_t: SORTED_FROM(), SORTED_ABOVE() and
 * SORTED_AT() call the functions of these names. For arrays of uint64_t, the functions are called with SORTED_U64.
 * ITEMS may be NULL when N is 0.
 */
#ifndef LPROF_SORTED_H
#define LPROF_SORTED_H

#include <stddef.h>
#include <stdint.h>

/* Where the numbers are, in bytes: in items of this size, so far behind their beginning, and so wide. */
struct sorted_by {
	size_t size, offset, width;
};

#define SORTED_U64	    ((struct sorted_by){sizeof(uint64_t), 0, sizeof(uint64_t)})
#define SORTED_WIDTH(field) _Generic(field, uint32_t : sizeof(uint32_t), uint64_t : sizeof(uint64_t))
#define SORTED_BY(items, field)                                                                                        \
	((struct sorted_by){sizeof(*(items)), offsetof(typeof(*(items)), field), SORTED_WIDTH((items)->field)})

#define SORTED_FROM(items, n, field, wanted)  sorted__from(items, n, SORTED_BY(items, field), wanted)
#define SORTED_ABOVE(items, n, field, wanted) sorted__above(items, n, SORTED_BY(items, field), wanted)
#define SORTED_AT(items, n, field, wanted)    sorted__at(items, n, SORTED_BY(items, field), wanted)

static inline uint64_t sorted__number(const void *items, size_t i, struct sorted_by by)
{
	const void *number = (const char *)items + i * by.size + by.offset;

	return by.width == sizeof(uint32_t) ? *(const uint32_t *)number : *(const uint64_t *)number;
}

/* How many of the N items are below WANTED, which is the index of the first that is not. */
static inline size_t sorted__from(const void *items, size_t n, struct sorted_by by, uint64_t wanted)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted__number(items, middle, by) < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* How many of the N items are not above WANTED, which is the index of the first that is. */
static inline size_t sorted__above(const void *items, size_t n, struct sorted_by by, uint64_t wanted)
{
	return wanted < UINT64_MAX ? sorted__from(items, n, by, wanted + 1) : n;
}

/* The index of the first of the N items that is WANTED; N if there is none. */
static inline size_t sorted__at(const void *items, size_t n, struct sorted_by by, uint64_t wanted)
{
	size_t first = sorted__from(items, n, by, wanted);

	return first < n && sorted__number(items, first, by) == wanted ? first : n;
}

#endif

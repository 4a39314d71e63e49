/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grow: makes room for one more item in an array that is kept as a pointer, a count and a capacity. */
#ifndef LPROF_GROW_H
#define LPROF_GROW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The smallest power of two that is not below N; 0 for 0. */
static inline size_t grow__round(size_t n)
{
	if (n < 2 || n > SIZE_MAX / 2)
		return n;
	return (size_t)1 << (8 * sizeof(n) - (size_t)__builtin_clzl(n - 1));
}

static inline int grow__resize(void *items, size_t capacity, size_t size)
{
	void **array = items;
	void *resized = reallocarray(*array, capacity, size);

	if (!resized)
		return -ENOMEM;
	*array = resized;
	return 0;
}

/* Makes an array with room for *capacity items of SIZE bytes large enough for WANTED. */
static inline int grow__to(void *items, size_t *capacity, size_t wanted, size_t size)
{
	size_t larger = wanted < 8 ? 8 : grow__round(wanted);
	int err = wanted <= *capacity ? 0 : grow__resize(items, larger, size);

	if (!err && wanted > *capacity)
		*capacity = larger;
	return err;
}

/* Makes an array with room for *capacity items of SIZE bytes large enough for n + 1. */
static inline int grow__one(void *items, size_t *capacity, size_t n, size_t size)
{
	return grow__to(items, capacity, n + 1, size);
}

/*
 * Makes an array of N items of SIZE bytes, whose capacity nobody keeps, large enough for N + MORE. This and
 * grow__resize() must be all that ever allocates it, since the capacity is taken to be the next power of two.
 */
static inline int grow__counted(void *items, size_t n, size_t more, size_t size)
{
	size_t larger = grow__round(n + more);
	void *const *array = items;

	return *array && larger <= grow__round(n) ? 0 : grow__resize(items, larger, size);
}

#endif

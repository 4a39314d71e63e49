/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grow: makes room for one more item in an array that is kept as a pointer, a count and a capacity. */
#ifndef LPROF_GROW_H
#define LPROF_GROW_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Makes room for item n + 1. ITEMS is the address of the pointer to the array, which has room for *capacity items of
 * SIZE bytes each; pointer and capacity are updated when the array grows. Returns 0, or -ENOMEM with the array
 * unchanged.
 */
static inline int grow__one(void *items, size_t *capacity, size_t n, size_t size)
{
	void **array = items;
	size_t wanted = *capacity ? *capacity * 2 : 8;
	void *larger;

	if (n < *capacity)
		return 0;
	larger = reallocarray(*array, wanted, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*capacity = wanted;
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sort: numbers in ascending order. Pure.
 */
#ifndef LPROF_SORT_H
#define LPROF_SORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline int sort__compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* ITEMS may be NULL when N is 0. */
static inline void sort__u64(uint64_t *items, size_t n)
{
	if (n)
		qsort(items, n, sizeof(*items), sort__compare_u64);
}

#endif

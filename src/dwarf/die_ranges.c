// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_ranges.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

enum { MAX_RANGES = 1 << 20 };

int die_ranges__read(Dwarf_Die *die, struct addr_range **ranges, size_t *n)
{
	size_t capacity = 0;
	Dwarf_Addr base, lo, hi;
	ptrdiff_t offset = 0;

	*ranges = NULL;
	*n = 0;
	while (*n < MAX_RANGES && (offset = dwarf_ranges(die, offset, &base, &lo, &hi)) > 0) {
		if (hi <= lo)
			continue;
		if (grow__one(ranges, &capacity, *n, sizeof(**ranges))) {
			free(*ranges);
			*ranges = NULL;
			*n = 0;
			return -ENOMEM;
		}
		(*ranges)[(*n)++] = (struct addr_range){.lo = lo, .hi = hi};
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inlined_regions: the code of callees that were inlined into an instance of a function. */
#ifndef LPROF_INLINED_REGIONS_H
#define LPROF_INLINED_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "dwarf/line_rows.h"

struct inlined_region {
	uint64_t lo, hi;
	uint32_t line; /* number of the outermost call's line, as in debug_places.h; 0: unknown */
	uint32_t call; /* number of the outermost call, from 1 */
};

struct inlined_regions {
	struct inlined_region *items; /* sorted, disjoint */
	size_t n;
	uint64_t *parts; /* entries of parts of the function itself that were inlined again (function_part.h) */
	size_t n_parts;
	/* Private: */
	size_t capacity, parts_capacity;
	uint32_t n_calls;
};

/* Finds the callees inlined below rows->die, the DIE of the instance. REGIONS begins as zeros. Returns 0 or -ENOMEM. */
int inlined_regions__find(struct inlined_regions *regions, struct line_rows *rows);
void inlined_regions__clear(struct inlined_regions *regions);

#endif

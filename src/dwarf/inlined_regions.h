/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inlined_regions: the code of callees that were inlined into an instance of a function. */
#ifndef LPROF_INLINED_REGIONS_H
#define LPROF_INLINED_REGIONS_H

#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "dwarf/line_rows.h"
#include "dwarf/stray_code.h"

struct inlined_region {
	uint64_t lo, hi;
	uint32_t line; /* number of the outermost call's line, as in debug_places.h; 0: none */
	uint32_t call; /* number of the outermost call, from 1 */
};

/*
 * Where the statements of an inlined call begin: before the instruction at ADDR, with the VIEW-th of the line table's
 * rows there, from 0 on. The instruction itself may be other code.
 */
struct inlined_entry {
	uint64_t addr;
	uint32_t view;
};

/* A callee, or a callee's, begins or ends at ADDR. */
struct inlined_limit {
	uint64_t addr;
	uint32_t decl_line; /* in the function's own file */
};

struct inlined_regions {
	struct inlined_region *items; /* sorted, disjoint */
	size_t n;
	struct inlined_entry *entries; /* of callees, their callees included; by address and view */
	size_t n_entries;
	struct inlined_entry *parts; /* of parts of the function itself that were inlined again (function_part.h) */
	size_t n_parts;
	struct inlined_limit *limits; /* of callees that the function's own file declares; by address and line */
	size_t n_limits;
	/* Private: */
	size_t capacity, entries_capacity, parts_capacity, limits_capacity;
	uint32_t n_calls;
};

/*
 * Finds the callees inlined below rows->die, the DIE of the instance. STRAYS, if not NULL, has more of their code.
 * REGIONS begins as zeros. Returns 0 or -ENOMEM.
 */
int inlined_regions__find(struct inlined_regions *regions, struct line_rows *rows, const struct stray_code *strays);
void inlined_regions__clear(struct inlined_regions *regions);

/* Reads where the inlined subroutine DIE begins. Returns 0, or -ENOENT when the compiler does not say. */
int inlined_entry__read(Dwarf_Die *die, struct inlined_entry *entry);

/* The first of the callees' entries at ADDR, or NULL. */
const struct inlined_entry *inlined_regions__entry_at(const struct inlined_regions *regions, uint64_t addr);

/* The lowest line from LINE on that declares a callee which begins or ends at ADDR; UINT32_MAX: there is none. */
uint32_t inlined_regions__lowest_callee(const struct inlined_regions *regions, uint64_t addr, uint32_t line);

#endif

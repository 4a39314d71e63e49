/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stray_code: code of inlined callees that debug information does not count as theirs. */
#ifndef LPROF_STRAY_CODE_H
#define LPROF_STRAY_CODE_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"

struct stray_item {
	struct addr_range range;
	size_t owner; /* index in `calls` */
};

struct stray_call;

/* The stray code of one out-of-line body. Zeros at first: nothing was looked for yet. */
struct stray_code {
	/* Private: */
	struct stray_call *calls; /* the inlined calls below the body, each behind the one around it */
	size_t n_calls, calls_capacity;
	struct stray_item *items; /* by address */
	size_t n, capacity;
	const void *body; /* address of the DIE that was searched */
};

/* Finds the stray code in the body that the subprogram BODY describes, unless that was done before. 0 or -ENOMEM. */
int stray_code__find(struct stray_code *strays, Dwarf_Die *body);
void stray_code__clear(struct stray_code *strays);

/*
 * Adds to RANGES, which the caller owns, the stray code of the inlined call DIE and of the calls within it. If they
 * are disjoint, they are so and sorted afterwards. Returns 0 or -ENOMEM.
 */
int stray_code__add(const struct stray_code *strays, const Dwarf_Die *die, struct addr_range **ranges, size_t *n);

#endif

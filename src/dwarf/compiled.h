/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compiled: what debug information lets one conclude about how a function was compiled. */
#ifndef LPROF_COMPILED_H
#define LPROF_COMPILED_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>

#include "dwarf/debug_function.h"
#include "dwarf/line_rows.h"

/*
 * Whether is_stmt in the rows of N RANGES, code of rows->die, means the beginning of a statement, also where code was
 * moved or duplicated: GCC's optimised C and C++. Other compilers set it wherever the line changes.
 */
bool compiled__marks_statements(struct line_rows *rows, const struct addr_range *ranges, size_t n);

/* Whether GCC compiled the unit of DIE. */
bool compiled__by_gcc(Dwarf_Die *die);

/* What is known of the unit that was asked about last. Zeros at first. */
struct compiled_unit {
	const void *addr; /* of its DIE in memory: units of several files may have the same offset. NULL: none yet */
	bool optimised;
};

/*
 * Whether the function or inlined call DIE was optimised: some of its variables, or of those of another function of its
 * unit, do not have one place all the time. UNIT saves asking the same again; NULL: the unit is not asked.
 */
bool compiled__is_optimised(Dwarf_Die *die, struct compiled_unit *unit);

#endif

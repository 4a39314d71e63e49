/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_table: the rows of a compilation unit's line table, as they are. How one function sees them: line_rows. */
#ifndef LPROF_LINE_TABLE_H
#define LPROF_LINE_TABLE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Owns nothing: libdw keeps the rows. */
struct line_table {
	Dwarf_Lines *rows; /* by address */
	size_t n;
};

/* Opens the table of the unit that holds DIE. Returns 0, -ENOENT when there are no rows, or -ENOMEM. */
int line_table__open(struct line_table *table, Dwarf_Die *die);

uint64_t line_table__address(const struct line_table *table, size_t row);

/* Index of the first row whose address is above ADDR. */
size_t line_table__above(const struct line_table *table, uint64_t addr);

/* What one row says. */
struct line_row {
	uint64_t addr;
	const char *path; /* of the source file, as the table has it; NULL: unknown. Borrowed from libdw. */
	uint32_t number;  /* of the line in that file; 0: the code has no line */
	uint32_t column;
	bool is_stmt;
	bool end; /* of a sequence: there is no code at addr */
};

struct line_row line_table__read(const struct line_table *table, size_t row);

/* PATH, below the compilation directory of DIE's unit when it is relative. Owned by the caller, NULL: no memory. */
char *line_table__absolute(Dwarf_Die *die, const char *path);

#endif

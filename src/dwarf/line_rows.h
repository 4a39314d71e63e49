/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_rows: the line table of a compilation unit, as one function sees it. */
#ifndef LPROF_LINE_ROWS_H
#define LPROF_LINE_ROWS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_rows {
	Dwarf_Die *die;	  /* the function's, borrowed */
	const char *file; /* the function's source file, borrowed */
	Dwarf_Lines *rows;
	size_t n;
	bool starved; /* a path could not be compared for want of memory */
	/* Private: the path that was compared last. All rows of a file have the same pointer. */
	const char *known_path;
	bool known_own;
};

/* Opens the table of the unit that holds DIE. FILE is the function's. Returns 0, or -ENOENT when there are no rows. */
int line_rows__open(struct line_rows *rows, Dwarf_Die *die, const char *file);

uint64_t line_rows__address(const struct line_rows *rows, size_t row);

/* Index of the first row whose address is above ADDR. */
size_t line_rows__above(const struct line_rows *rows, uint64_t addr);

/* Whether PATH, as a line or file table gives it, is the function's source file. */
bool line_rows__is_own_file(struct line_rows *rows, const char *path);

/* PATH, below the compilation directory of DIE's unit when it is relative. Owned by the caller, NULL: no memory. */
char *line_rows__absolute(Dwarf_Die *die, const char *path);

#endif

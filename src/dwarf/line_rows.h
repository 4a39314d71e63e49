/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_rows: the line table of a compilation unit, as one function sees it. */
#ifndef LPROF_LINE_ROWS_H
#define LPROF_LINE_ROWS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/line_files.h"
#include "dwarf/line_table.h"

/* Lines [first, end) of a file; end of 0: all from first on. */
struct line_window {
	uint32_t first, end;
};

struct line_rows {
	Dwarf_Die *die;		  /* the function's, borrowed */
	const char *file;	  /* the function's source file, borrowed */
	struct line_files *files; /* where lines of other files get their numbers, borrowed */
	struct line_table table;
	/* Rows of other lines are not the function's own. To be set after opening; zeros: all are. */
	struct line_window window;
	bool starved; /* memory was missing for a path or a number */
	/* Private: the path that was asked for last, and its file. All rows of a file have the same pointer. */
	const char *known_path;
	char *known_file;
};

/*
 * Opens the table of the unit that holds DIE. FILE is the function's; FILES numbers the lines of other files; NULL:
 * they have none. Returns 0, or -ENOENT when there are no rows.
 */
int line_rows__open(struct line_rows *rows, Dwarf_Die *die, const char *file, struct line_files *files);

void line_rows__close(struct line_rows *rows);

/*
 * Index of the row that tells of the code at ADDR: the last one at or before it that is not another function's.
 * SIZE_MAX when there is none.
 */
size_t line_rows__of(struct line_rows *rows, uint64_t addr);

/* Index of the first row at ADDR that is not another function's, or SIZE_MAX. */
size_t line_rows__first_at(struct line_rows *rows, uint64_t addr);

/*
 * The number, as in debug_places.h, of LINE in the file PATH, as a line or file table gives it. 0 when LINE is not
 * positive, not the function's own, or PATH is NULL, when memory is missing, and when a function that another file
 * declares has the line there: optimisers move instructions of inlined functions out of the code that is known to be
 * theirs.
 */
uint32_t line_rows__number(struct line_rows *rows, const char *path, int line);

/* Whether PATH, as a line or file table gives it, is the function's source file. */
bool line_rows__is_own_file(struct line_rows *rows, const char *path);

#endif

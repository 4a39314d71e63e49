/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cells: a screen as rows of cells, which terminal.c draws. Pure, apart from the locale: LC_CTYPE determines which
 * characters exist and how wide they are. Characters that do not exist are shown as '?'.
 */
#ifndef LPROF_CELLS_H
#define LPROF_CELLS_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

#include "terminal/heat.h"

/* a character, at most two combining characters, and a terminating 0; further combining characters are dropped */
#define CELL_CHARS 4

/* Bits, which can be combined. The bits of INK_HEAT hold an enum heat. */
enum ink { INK_HEAT = 3, INK_BOLD = 4, INK_FAINT = 8, INK_REVERSE = 16 };

struct cell {
	wchar_t text[CELL_CHARS]; /* text[0] is 0 in the right half of a wide character */
	uint8_t ink;
};

struct cells {
	int rows, cols;
	struct cell *at; /* the cells, row by row */
};

/* Where a text is put: at row ROW, from column COL on, ending before column END. */
struct cells_place {
	int row, col, end;
	int skip; /* number of columns to leave out at the start of the text */
	int tab;  /* distance of tab stops, counted from the start of the text; 0: the text has no tabs */
	unsigned ink;
};

/* Changes the size of CELLS, which must be zeroed at first, and makes all cells blank. Returns 0 or -ENOMEM. */
int cells__resize(struct cells *cells, int rows, int cols);
void cells__clear(struct cells *cells);
void cells__clear_row(struct cells *cells, int row);
void cells__release(struct cells *cells);

/*
 * Puts TEXT, which must come from printable__write(), at PLACE, as far as it fits there and on the screen. Returns the
 * column after it.
 */
int cells__put(struct cells *cells, const struct cells_place *place, const char *text);

/* Whether the locale has the character C, and it fills one cell. */
bool cells__has(wchar_t c);

/* Adds INK to all cells of a row. */
void cells__ink_row(struct cells *cells, int row, unsigned ink);

#endif

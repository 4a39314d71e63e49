/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cells: a screen as rows of cells, to be drawn by whoever has one. Pure, but for the locale: which characters there
 * are, and how wide, is as LC_CTYPE says; others are shown as '?'.
 */
#ifndef LPROF_CELLS_H
#define LPROF_CELLS_H

#include <stdint.h>
#include <wchar.h>

#include "terminal/heat.h"

#define CELL_CHARS 4 /* a character, two at most that combine with it, and a 0; more of these are left out */

/* Bits; an enum heat may be added. */
enum ink { INK_HEAT = 3, INK_BOLD = 4, INK_FAINT = 8, INK_REVERSE = 16 };

struct cell {
	wchar_t text[CELL_CHARS]; /* [0] is 0 in the right half of a wide character */
	uint8_t ink;
};

struct cells {
	int rows, cols;
	struct cell *at; /* row by row */
};

/* Where text goes: from col on, ending before end. */
struct cells_place {
	int row, col, end;
	int skip; /* columns of the text that are left out at its start */
	int tab;  /* distance of tab stops, from the start of the text; 0: none, as there are no tabs */
	unsigned ink;
};

/* Gives CELLS, zeros at first, another size; they are blank then. 0 or -ENOMEM. */
int cells__resize(struct cells *cells, int rows, int cols);
void cells__clear(struct cells *cells);
void cells__clear_row(struct cells *cells, int row);
void cells__release(struct cells *cells);

/*
 * Puts a text that printable__write() has passed at a place, as far as it fits there and on the screen. Returns the
 * column after it.
 */
int cells__put(struct cells *cells, const struct cells_place *place, const char *text);

/* Adds INK to a whole row. */
void cells__ink_row(struct cells *cells, int row, unsigned ink);

#endif

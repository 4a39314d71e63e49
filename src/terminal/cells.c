// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/cells.h"

#include <errno.h>
#include <stdlib.h>

static struct cell *cell_at(struct cells *cells, int row, int col)
{
	return &cells->at[(size_t)row * (size_t)cells->cols + (size_t)col];
}

int cells__resize(struct cells *cells, int rows, int cols)
{
	struct cell *at = calloc((size_t)rows * (size_t)cols + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	free(cells->at);
	cells->rows = rows;
	cells->cols = cols;
	cells->at = at;
	cells__clear(cells);
	return 0;
}

void cells__clear(struct cells *cells)
{
	for (size_t i = 0; i < (size_t)cells->rows * (size_t)cells->cols; i++)
		cells->at[i] = (struct cell){.text = L" "};
}

void cells__clear_row(struct cells *cells, int row)
{
	for (int col = 0; row >= 0 && row < cells->rows && col < cells->cols; col++)
		*cell_at(cells, row, col) = (struct cell){.text = L" "};
}

void cells__release(struct cells *cells)
{
	free(cells->at);
	*cells = (struct cells){0};
}

/* Decodes the next character of well-formed UTF-8 and advances *text. */
static wchar_t next_character(const char **text)
{
	const unsigned char *s = (const unsigned char *)*text;
	int more = s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
	wchar_t c = more ? s[0] & (0x3f >> more) : s[0];

	*text += 1 + more;
	while (more--)
		c = c << 6 | (*++s & 0x3f);
	return c;
}

/* Whether C is a control of writing direction, which would rearrange the characters beside it. */
static bool is_directional(wchar_t c)
{
	return c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static int width_of(wchar_t *c)
{
	int width = is_directional(*c) ? -1 : wcwidth(*c);

	if (width >= 0)
		return width;
	*c = L'?';
	return 1;
}

static void combine(struct cell *cell, wchar_t c)
{
	int n = 1;

	while (n < CELL_CHARS && cell->text[n])
		n++;
	if (n < CELL_CHARS - 1)
		cell->text[n] = c;
}

static void put_blanks(struct cells *cells, const struct cells_place *place, int from, int to)
{
	for (int col = from < place->col ? place->col : from; col < to; col++)
		*cell_at(cells, place->row, col) = (struct cell){.text = L" ", .ink = (uint8_t)place->ink};
}

/* Puts a character at COL. If only a part of it is inside the place, at either end, puts blanks instead. */
static void put_character(struct cells *cells, const struct cells_place *place, int col, int width, int end, wchar_t c)
{
	if (col < place->col || col + width > end) {
		put_blanks(cells, place, col, col + width < end ? col + width : end);
		return;
	}
	*cell_at(cells, place->row, col) = (struct cell){.text = {c}, .ink = (uint8_t)place->ink};
	for (int i = 1; i < width; i++)
		*cell_at(cells, place->row, col + i) = (struct cell){.ink = (uint8_t)place->ink};
}

int cells__put(struct cells *cells, const struct cells_place *place, const char *text)
{
	int end = place->end < cells->cols ? place->end : cells->cols, start = place->col - place->skip;
	int col = start, last = -1;

	if (place->row < 0 || place->row >= cells->rows)
		return place->col;
	while (*text && col < end) {
		wchar_t c = next_character(&text);
		int width;

		if (c == L'\t' && place->tab) {
			int stop = col + place->tab - (col - start) % place->tab;

			put_blanks(cells, place, col, stop < end ? stop : end);
			col = stop;
			continue;
		}
		width = width_of(&c);
		if (!width) {
			if (last >= place->col)
				combine(cell_at(cells, place->row, last), c);
			continue;
		}
		put_character(cells, place, col, width, end, c);
		last = col;
		col += width;
	}
	return col < place->col ? place->col : col < end ? col : end;
}

void cells__ink_row(struct cells *cells, int row, unsigned ink)
{
	for (int col = 0; row >= 0 && row < cells->rows && col < cells->cols; col++)
		cell_at(cells, row, col)->ink |= (uint8_t)ink;
}

bool cells__has(wchar_t c)
{
	return wcwidth(c) == 1;
}

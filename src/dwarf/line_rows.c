// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/line_rows.h"

#include <stdlib.h>
#include <string.h>

int line_rows__open(struct line_rows *rows, Dwarf_Die *die, const char *file, struct line_files *files)
{
	*rows = (struct line_rows){.die = die, .file = file, .files = files};
	return line_table__open(&rows->table, die);
}

void line_rows__close(struct line_rows *rows)
{
	free(rows->known_file);
}

/* The number of LINE in another file than the function's: 0 if a function that this file declares has the line. */
static uint32_t number_other(struct line_rows *rows, const char *file, uint32_t line)
{
	uint32_t number = 0;
	bool inside;
	int err = function_extents__has(&rows->files->extents, rows->die, file, line, &inside);

	if (!err && !inside)
		err = debug_places__number(&rows->files->places, file, line, &number);
	rows->starved |= err != 0;
	return number;
}

bool line_rows__is_own_file(struct line_rows *rows, const char *path)
{
	if (!path)
		return false;
	if (path != rows->known_path) {
		free(rows->known_file);
		rows->known_file = line_table__absolute(rows->die, path);
		rows->known_path = path;
		rows->starved |= !rows->known_file;
	}
	return rows->known_file && !strcmp(rows->known_file, rows->file);
}

/* As line_rows__number(), for lines of other functions as well. */
static uint32_t number_of(struct line_rows *rows, const char *path, int line)
{
	if (line <= 0)
		return 0;
	if (line_rows__is_own_file(rows, path))
		return (uint32_t)line;
	return path && rows->known_file && rows->files ? number_other(rows, rows->known_file, (uint32_t)line) : 0;
}

/* Whether a line with this NUMBER is one of another function that shares the code. */
static bool is_outside(const struct line_rows *rows, uint32_t number)
{
	const struct line_window *window = &rows->window;

	return window->first && number &&
	       (number < window->first || number >= (window->end ? window->end : DEBUG_PLACE_OTHER));
}

uint32_t line_rows__number(struct line_rows *rows, const char *path, int line)
{
	uint32_t number = number_of(rows, path, line);

	return is_outside(rows, number) ? 0 : number;
}

static bool is_foreign(struct line_rows *rows, size_t row)
{
	Dwarf_Line *line = dwarf_onesrcline(rows->table.rows, row);
	int number = 0;

	dwarf_lineno(line, &number);
	return rows->window.first && is_outside(rows, number_of(rows, dwarf_linesrc(line, NULL, NULL), number));
}

size_t line_rows__of(struct line_rows *rows, uint64_t addr)
{
	size_t row = line_table__above(&rows->table, addr);

	while (row > 0 && is_foreign(rows, row - 1))
		row--;
	return row - 1;
}

size_t line_rows__first_at(struct line_rows *rows, uint64_t addr)
{
	size_t row = line_table__above(&rows->table, addr);
	size_t first = SIZE_MAX;

	for (; row > 0 && line_table__address(&rows->table, row - 1) == addr; row--)
		if (!is_foreign(rows, row - 1))
			first = row - 1;
	return first;
}

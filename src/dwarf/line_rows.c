// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/line_rows.h"

#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int line_rows__open(struct line_rows *rows, Dwarf_Die *die, const char *file, struct line_files *files)
{
	Dwarf_Die unit;

	*rows = (struct line_rows){.die = die, .file = file, .files = files};
	if (!dwarf_diecu(die, &unit, NULL, NULL) || dwarf_getsrclines(&unit, &rows->rows, &rows->n) || !rows->n)
		return -ENOENT;
	return 0;
}

char *line_rows__absolute(Dwarf_Die *die, const char *path)
{
	Dwarf_Die unit;
	Dwarf_Attribute attribute;
	const char *dir = NULL;
	char *result;

	if (*path != '/' && dwarf_diecu(die, &unit, NULL, NULL))
		dir = dwarf_formstring(dwarf_attr(&unit, DW_AT_comp_dir, &attribute));
	/* A relative compilation directory (-ffile-prefix-map) is in the path already when it is the file's own. */
	if (!dir || !*dir || (strncmp(path, dir, strlen(dir)) == 0 && path[strlen(dir)] == '/'))
		return strdup(path);
	return asprintf(&result, "%s/%s", dir, strncmp(path, "./", 2) == 0 ? path + 2 : path) < 0 ? NULL : result;
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

/* As line_rows__number(), for lines of other functions as well. */
static uint32_t number_of(struct line_rows *rows, const char *path, int line)
{
	if (!path || line <= 0)
		return 0;
	if (path != rows->known_path) {
		free(rows->known_file);
		rows->known_file = line_rows__absolute(rows->die, path);
		rows->known_path = path;
		rows->starved |= !rows->known_file;
	}
	if (!rows->known_file)
		return 0;
	if (!strcmp(rows->known_file, rows->file))
		return (uint32_t)line;
	return rows->files ? number_other(rows, rows->known_file, (uint32_t)line) : 0;
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

uint64_t line_rows__address(const struct line_rows *rows, size_t row)
{
	Dwarf_Addr address = 0;

	dwarf_lineaddr(dwarf_onesrcline(rows->rows, row), &address);
	return address;
}

size_t line_rows__above(const struct line_rows *rows, uint64_t addr)
{
	size_t lo = 0;
	size_t hi = rows->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (line_rows__address(rows, mid) <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_foreign(struct line_rows *rows, size_t row)
{
	Dwarf_Line *line = dwarf_onesrcline(rows->rows, row);
	int number = 0;

	dwarf_lineno(line, &number);
	return rows->window.first && is_outside(rows, number_of(rows, dwarf_linesrc(line, NULL, NULL), number));
}

size_t line_rows__of(struct line_rows *rows, uint64_t addr)
{
	size_t row = line_rows__above(rows, addr);

	while (row > 0 && is_foreign(rows, row - 1))
		row--;
	return row - 1;
}

size_t line_rows__first_at(struct line_rows *rows, uint64_t addr)
{
	size_t row = line_rows__above(rows, addr);
	size_t first = SIZE_MAX;

	for (; row > 0 && line_rows__address(rows, row - 1) == addr; row--)
		if (!is_foreign(rows, row - 1))
			first = row - 1;
	return first;
}

struct line_row line_rows__read(const struct line_rows *rows, size_t row)
{
	Dwarf_Line *line = dwarf_onesrcline(rows->rows, row);
	struct line_row out = {.addr = line_rows__address(rows, row)};
	int number = 0, column = 0;

	dwarf_lineendsequence(line, &out.end);
	if (out.end)
		return out;
	dwarf_lineno(line, &number);
	dwarf_linecol(line, &column);
	dwarf_linebeginstatement(line, &out.is_stmt);
	out.number = number > 0 ? (uint32_t)number : 0;
	out.column = column > 0 ? (uint32_t)column : 0;
	out.path = dwarf_linesrc(line, NULL, NULL);
	return out;
}

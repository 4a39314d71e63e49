// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/entry_place.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/die_block.h"
#include "dwarf/die_ranges.h"
#include "dwarf/line_rows.h"

enum { MAX_DEPTH = 256 };

/* Finds the outermost of the calls below DIE whose inlined code holds ADDR. */
static bool find_call(Dwarf_Die *die, uint64_t addr, Dwarf_Die *call, unsigned depth)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine && dwarf_haspc(&child, addr) > 0) {
			*call = child;
			return true;
		}
		if (die_block__is(tag) && find_call(&child, addr, call, depth + 1))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static int set_place(Dwarf_Die *die, const char *path, uint32_t line, struct entry_place *place)
{
	if (!path || !line)
		return -ENOENT;
	*place = (struct entry_place){line_table__absolute(die, path), line};
	return place->file ? 0 : -ENOMEM;
}

static int by_call(Dwarf_Die *die, Dwarf_Die *unit, Dwarf_Die *call, struct entry_place *place)
{
	Dwarf_Attribute attribute;
	Dwarf_Word line, file;
	Dwarf_Files *files;
	size_t n;

	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_line, &attribute), &line) || line > UINT32_MAX ||
	    dwarf_formudata(dwarf_attr(call, DW_AT_call_file, &attribute), &file) ||
	    dwarf_getsrcfiles(unit, &files, &n) || file >= n)
		return -ENOENT;
	return set_place(die, dwarf_filesrc(files, file, NULL, NULL), (uint32_t)line, place);
}

/* The first row that tells of the code: the one before ENTRY only for an inlined function. */
static size_t first_row(const struct line_table *table, uint64_t entry, bool inlined)
{
	size_t row = line_table__above(table, entry - 1);
	bool at_entry = row < table->n && line_table__address(table, row) == entry;
	uint64_t before;

	if (at_entry || !inlined || !row)
		return row;
	before = line_table__address(table, row - 1);
	return line_table__above(table, before - 1);
}

static int by_row(Dwarf_Die *die, uint64_t entry, uint64_t end, struct entry_place *place)
{
	struct line_table table;
	int err = -ENOENT;

	if (line_table__open(&table, die))
		return -ENOENT;
	for (size_t row = first_row(&table, entry, dwarf_tag(die) == DW_TAG_inlined_subroutine);
	     err == -ENOENT && row < table.n && line_table__address(&table, row) < end; row++) {
		struct line_row at = line_table__read(&table, row);

		if (!at.end)
			err = set_place(die, at.path, at.number, place);
	}
	return err;
}

int entry_place__find(Dwarf_Die *die, uint64_t entry, uint64_t end, struct entry_place *place)
{
	Dwarf_Die unit, call;
	int err = -ENOENT;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return -ENOENT;
	if (find_call(die, entry, &call, 0))
		err = by_call(die, &unit, &call, place);
	return err == -ENOENT ? by_row(die, entry, end, place) : err;
}

/* Whether any row in the range is of the file of ROWS. */
static bool has_row(struct line_rows *rows, const struct addr_range *range)
{
	size_t row = range->lo ? line_table__above(&rows->table, range->lo - 1) : 0;

	for (; row < rows->table.n && line_table__address(&rows->table, row) < range->hi; row++) {
		struct line_row at = line_table__read(&rows->table, row);

		if (!at.end && line_rows__number(rows, at.path, (int)at.number))
			return true;
	}
	return false;
}

/* Whether code that DIE describes is on lines of FILE. */
static bool is_in(Dwarf_Die *die, const struct addr_range *ranges, size_t n, const char *file)
{
	struct line_rows rows;
	bool found = false;

	if (line_rows__open(&rows, die, file, NULL))
		return false;
	for (size_t i = 0; !found && i < n; i++)
		found = has_row(&rows, &ranges[i]);
	line_rows__close(&rows);
	return found;
}

bool entry_place__is_elsewhere(Dwarf_Die *die, const char *file)
{
	struct addr_range *ranges = NULL;
	const char *name = NULL;
	char *main_file;
	bool elsewhere;
	Dwarf_Die unit;
	size_t n = 0;

	if (dwarf_diecu(die, &unit, NULL, NULL))
		name = dwarf_diename(&unit);
	main_file = name ? line_table__absolute(die, name) : NULL;
	if (main_file && strcmp(main_file, file) != 0)
		die_ranges__read(die, &ranges, &n);
	elsewhere = n && !is_in(die, ranges, n, file) && is_in(die, ranges, n, main_file);
	free(ranges);
	free(main_file);
	return elsewhere;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/included_lines.h"

#include <errno.h>
#include <stdlib.h>

#include "dwarf/line_table.h"

/* What is looked for, and the least and the largest line found so far. */
struct search {
	Dwarf_Die *unit;
	struct function_extents *extents;
	const struct selector *selector;
	const char *path; /* of libdw, seen last */
	char *file;	  /* its absolute form if the selector wants it, else NULL */
	uint32_t least, largest;
};

/* Sets search->file for the file that the line table calls PATH. */
static int take_path(struct search *search, const char *path)
{
	if (path == search->path)
		return 0;
	free(search->file);
	search->path = path;
	search->file = line_table__absolute(search->unit, path);
	if (!search->file)
		return -ENOMEM;
	if (!selector__matches_file(search->selector, search->file)) {
		free(search->file);
		search->file = NULL;
	}
	return 0;
}

static int take_row(struct search *search, const struct line_row *row)
{
	bool inside = false;
	int err;

	if (row->end || !row->path || !row->number)
		return 0;
	err = take_path(search, row->path);
	if (err || !search->file || (row->number >= search->least && row->number <= search->largest))
		return err;
	err = function_extents__has(search->extents, search->unit, search->file, row->number, &inside);
	if (err || inside)
		return err;
	if (row->number < search->least)
		search->least = row->number;
	if (row->number > search->largest)
		search->largest = row->number;
	return 0;
}

int included_lines__find(Dwarf_Die *unit, struct function_extents *extents, const struct selector *selector,
			 bool *found)
{
	struct search search = {.unit = unit, .extents = extents, .selector = selector, .least = UINT32_MAX};
	struct line_table table;
	unsigned first, last;
	int err = 0;

	*found = false;
	if (!selector__lines(selector, &first, &last) || line_table__open(&table, unit))
		return 0;
	for (size_t i = 0; !err && i < table.n; i++) {
		const struct line_row row = line_table__read(&table, i);

		err = take_row(&search, &row);
	}
	*found = search.least <= last && search.largest >= first;
	free(search.file);
	return err;
}

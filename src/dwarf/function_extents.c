// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The innermost DIE with code at an address tells which function the row of the line table there belongs to. A
 * row of the file that declares the function extends the function's lines to its own. Rows that the function has of
 * other files do not count: they are what #include or #line put into it.
 */
#include "dwarf/function_extents.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/key_map.h"
#include "dwarf/die_name.h"
#include "dwarf/die_ranges.h"
#include "dwarf/line_table.h"

enum { MAX_DEPTH = 256 };

struct extent_finder {
	struct function_extents *found; /* its items are by function, not sorted yet */
	Dwarf_Die *die;
	struct line_table table;
	uint32_t *owners;	/* by row: index of the innermost function plus one, or 0 */
	struct key_map by_root; /* address of a root DIE: index of its function */
	struct key_map by_path; /* address of a path of libdw: index of its file */
};

/* Sets *index to the number of the file that PATH, which libdw keeps, stands for in the unit of DIE. */
static int find_file(struct extent_finder *finder, Dwarf_Die *die, const char *path, size_t *index)
{
	struct function_extents *found = finder->found;
	char *absolute;
	int err;

	if (key_map__get(&finder->by_path, (uintptr_t)path, index))
		return 0;
	absolute = line_table__absolute(die, path);
	if (!absolute)
		return -ENOMEM;
	for (*index = 0; *index < found->n_files && strcmp(found->files[*index], absolute) != 0;)
		++*index;
	if (*index < found->n_files) {
		free(absolute);
		return key_map__set(&finder->by_path, (uintptr_t)path, *index);
	}
	err = grow__counted(&found->files, found->n_files, 1, sizeof(*found->files));
	if (err) {
		free(absolute);
		return err;
	}
	found->files[found->n_files++] = absolute;
	return key_map__set(&finder->by_path, (uintptr_t)path, *index);
}

/* Sets *owner to the index plus one of the function that DIE is an instance of, or to 0 when its place is not known. */
static int find_function(struct extent_finder *finder, Dwarf_Die *die, uint32_t *owner)
{
	struct function_extents *found = finder->found;
	Dwarf_Die root = die_name__root(die);
	const char *path = die_name__file(die);
	size_t index, file;
	int line = 0, err;

	*owner = 0;
	if (!path || dwarf_decl_line(die, &line) || line <= 0)
		return 0;
	if (key_map__get(&finder->by_root, (uintptr_t)root.addr, &index)) {
		*owner = (uint32_t)index + 1;
		return 0;
	}
	err = find_file(finder, die, path, &file);
	if (!err)
		err = grow__one(&found->items, &found->capacity, found->n, sizeof(*found->items));
	if (!err)
		err = key_map__set(&finder->by_root, (uintptr_t)root.addr, found->n);
	if (err)
		return err;
	found->items[found->n++] = (struct function_extent){.file = (uint32_t)file, .first = (uint32_t)line};
	*owner = (uint32_t)found->n;
	return 0;
}

/* Makes the function of DIE the owner of the rows in its code. */
static int own_rows(struct extent_finder *finder, Dwarf_Die *die)
{
	struct addr_range *ranges;
	uint32_t owner = 0;
	size_t n;
	int err = die_ranges__read(die, &ranges, &n);

	if (!err && n)
		err = find_function(finder, die, &owner);
	for (size_t i = 0; !err && i < n; i++) {
		size_t row = ranges[i].lo ? line_table__above(&finder->table, ranges[i].lo - 1) : 0;

		for (; row < finder->table.n && line_table__address(&finder->table, row) < ranges[i].hi; row++)
			finder->owners[row] = owner;
	}
	free(ranges);
	return err;
}

/* Outer functions come before those that were inlined into them, which then own their rows. */
static int walk(struct extent_finder *finder, Dwarf_Die *die, unsigned depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
			err = own_rows(finder, &child);
		if (!err)
			err = walk(finder, &child, depth + 1);
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static int extend(struct extent_finder *finder)
{
	int err = 0;

	for (size_t i = 0; !err && i < finder->table.n; i++) {
		struct function_extent *extent;
		struct line_row row;
		size_t file;

		if (!finder->owners[i])
			continue;
		row = line_table__read(&finder->table, i);
		if (row.end || !row.path)
			continue;
		err = find_file(finder, finder->die, row.path, &file);
		extent = &finder->found->items[finder->owners[i] - 1];
		if (!err && file == extent->file && row.number > extent->last)
			extent->last = row.number;
	}
	return err;
}

static int compare_extents(const void *a, const void *b)
{
	const struct function_extent *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts the extents, drops those without lines, and joins those that overlap. */
static void settle(struct function_extents *found)
{
	size_t kept = 0;

	if (found->n)
		qsort(found->items, found->n, sizeof(*found->items), compare_extents);
	for (size_t i = 0; i < found->n; i++) {
		const struct function_extent item = found->items[i];
		struct function_extent *last = kept ? &found->items[kept - 1] : NULL;

		if (item.last < item.first)
			continue;
		if (!last || last->file != item.file || last->last < item.first)
			found->items[kept++] = item;
		else if (last->last < item.last)
			last->last = item.last;
	}
	found->n = kept;
}

static int find_extents(struct function_extents *extents, Dwarf_Die *die, Dwarf_Die *unit)
{
	struct extent_finder finder = {.found = extents, .die = die};
	int err;

	if (line_table__open(&finder.table, die))
		return 0;
	finder.owners = calloc(finder.table.n, sizeof(*finder.owners));
	err = finder.owners ? walk(&finder, unit, 0) : -ENOMEM;
	if (!err)
		err = extend(&finder);
	settle(extents);
	free(finder.owners);
	key_map__clear(&finder.by_root);
	key_map__clear(&finder.by_path);
	return err;
}

static int compare_line(const void *key, const void *item)
{
	const struct function_extent *wanted = key, *extent = item;

	if (wanted->file != extent->file)
		return wanted->file < extent->file ? -1 : 1;
	return wanted->first < extent->first ? -1 : wanted->first > extent->last;
}

int function_extents__has(struct function_extents *extents, Dwarf_Die *die, const char *file, uint32_t line,
			  bool *inside)
{
	struct function_extent wanted = {.first = line};
	Dwarf_Die unit;

	*inside = false;
	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return 0;
	if (extents->unit != unit.cu) {
		int err;

		function_extents__release(extents);
		err = find_extents(extents, die, &unit);
		if (err)
			return err;
		extents->unit = unit.cu;
	}
	while (wanted.file < extents->n_files && strcmp(extents->files[wanted.file], file) != 0)
		wanted.file++;
	*inside = extents->n && bsearch(&wanted, extents->items, extents->n, sizeof(wanted), compare_line);
	return 0;
}

void function_extents__release(struct function_extents *extents)
{
	for (size_t i = 0; i < extents->n_files; i++)
		free(extents->files[i]);
	free(extents->files);
	free(extents->items);
	*extents = (struct function_extents){.n = 0};
}

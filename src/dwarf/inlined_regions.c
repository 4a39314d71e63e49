// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/inlined_regions.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/die_block.h"
#include "dwarf/die_ranges.h"
#include "dwarf/function_part.h"

enum { MAX_DEPTH = 256 };

struct region_finder {
	struct line_rows *rows;
	struct inlined_regions *found;
	const struct stray_code *strays; /* NULL: none */
};

/* The line that declares the callee DIE, or 0 if that is in another file than the function. */
static uint32_t declared_line(struct region_finder *finder, Dwarf_Die *die)
{
	const char *path = dwarf_decl_file(die);
	int line;

	if (!path || dwarf_decl_line(die, &line) || line <= 0 || !line_rows__is_own_file(finder->rows, path))
		return 0;
	return (uint32_t)line;
}

static int add_limit(struct region_finder *finder, uint64_t addr, uint32_t decl_line)
{
	struct inlined_regions *found = finder->found;
	int err;

	if (!decl_line)
		return 0;
	err = grow__one(&found->limits, &found->limits_capacity, found->n_limits, sizeof(*found->limits));
	if (!err)
		found->limits[found->n_limits++] = (struct inlined_limit){addr, decl_line};
	return err;
}

static int add_regions(struct region_finder *finder, Dwarf_Die *die, const struct inlined_region *call)
{
	uint32_t decl_line = declared_line(finder, die);
	struct addr_range *ranges;
	size_t n;
	int err = die_ranges__read(die, &ranges, &n);

	if (!err && finder->strays)
		err = stray_code__add(finder->strays, die, &ranges, &n);

	for (size_t i = 0; i < n && !err; i++) {
		err = grow__one(&finder->found->items, &finder->found->capacity, finder->found->n,
				sizeof(*finder->found->items));
		if (!err)
			finder->found->items[finder->found->n++] =
				(struct inlined_region){ranges[i].lo, ranges[i].hi, call->line, call->call};
		if (!err)
			err = add_limit(finder, ranges[i].lo, decl_line);
		if (!err)
			err = add_limit(finder, ranges[i].hi, decl_line);
	}
	free(ranges);
	return err;
}

/* The number of the line on which DIE was called, or 0. */
static uint32_t call_line(struct region_finder *finder, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word line, file;
	Dwarf_Die unit;
	Dwarf_Files *files;
	size_t n;

	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &line) || line > INT32_MAX)
		return 0;
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &file) ||
	    !dwarf_diecu(die, &unit, NULL, NULL) || dwarf_getsrcfiles(&unit, &files, &n))
		return (uint32_t)line;
	return file < n ? line_rows__number(finder->rows, dwarf_filesrc(files, file, NULL, NULL), (int)line) : 0;
}

/* How deep below the instance the search is, and in what. */
struct depth {
	Dwarf_Die *function; /* the subprogram or inlined subroutine that is nearest */
	unsigned n;
};

int inlined_entry__read(Dwarf_Die *die, struct inlined_entry *entry)
{
	Dwarf_Attribute attribute;
	Dwarf_Word view;

	if (dwarf_entrypc(die, &entry->addr) != 0 ||
	    dwarf_formudata(dwarf_attr(die, DW_AT_GNU_entry_view, &attribute), &view) != 0 || view > INT32_MAX)
		return -ENOENT;
	entry->view = (uint32_t)view;
	return 0;
}

static int add_entry(Dwarf_Die *die, struct inlined_entry **entries, size_t *n, size_t *capacity)
{
	struct inlined_entry entry;
	int err = 0;

	if (inlined_entry__read(die, &entry))
		return 0;
	err = grow__one(entries, capacity, *n, sizeof(**entries));
	if (!err)
		(*entries)[(*n)++] = entry;
	return err;
}

/* Notes where the callee DIE begins, of which nothing but its marks may be left. */
static int add_callee(struct region_finder *finder, Dwarf_Die *die)
{
	struct inlined_regions *found = finder->found;
	struct inlined_entry entry;
	int err = add_entry(die, &found->entries, &found->n_entries, &found->entries_capacity);

	if (err || inlined_entry__read(die, &entry))
		return err;
	return add_limit(finder, entry.addr, declared_line(finder, die));
}

static int collect_regions(struct region_finder *finder, Dwarf_Die *die, const struct inlined_region *call,
			   struct depth depth);

/* As collect_regions() for the inlined subroutine DIE. What is no call but a part of the function is the function's. */
static int collect_inlined(struct region_finder *finder, Dwarf_Die *die, const struct inlined_region *call,
			   struct depth depth)
{
	const struct depth below = {die, depth.n + 1};
	struct inlined_region own = {0};
	int err;

	if (!call && function_part__is_inlined(die, depth.function)) {
		err = add_entry(die, &finder->found->parts, &finder->found->n_parts, &finder->found->parts_capacity);
		return err ? err : collect_regions(finder, die, NULL, below);
	}
	if (call)
		own = *call;
	else
		own = (struct inlined_region){0, 0, call_line(finder, die), ++finder->found->n_calls};
	err = add_regions(finder, die, &own);
	if (!err)
		err = add_callee(finder, die);
	return err ? err : collect_regions(finder, die, &own, below);
}

/*
 * Collects the code of callees that were inlined below DIE. With a CALL, all of it is part of that call; without, each
 * inlined call that is found is one of its own.
 */
static int collect_regions(struct region_finder *finder, Dwarf_Die *die, const struct inlined_region *call,
			   struct depth depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth.n > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine)
			err = collect_inlined(finder, &child, call, depth);
		else if (die_block__is(tag))
			err = collect_regions(finder, &child, call, (struct depth){depth.function, depth.n + 1});
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static int compare_regions(const void *a, const void *b)
{
	const struct inlined_region *left = a;
	const struct inlined_region *right = b;

	if (left->lo != right->lo)
		return left->lo < right->lo ? -1 : 1;
	return left->hi > right->hi ? -1 : left->hi < right->hi;
}

/* Sorts the regions and cuts off what an earlier one covers already. */
static void flatten_regions(struct region_finder *finder)
{
	uint64_t covered = 0;
	size_t kept = 0;

	if (finder->found->n)
		qsort(finder->found->items, finder->found->n, sizeof(*finder->found->items), compare_regions);
	for (size_t i = 0; i < finder->found->n; i++) {
		struct inlined_region region = finder->found->items[i];

		if (region.lo < covered)
			region.lo = covered;
		if (region.lo >= region.hi)
			continue;
		covered = region.hi;
		finder->found->items[kept++] = region;
	}
	finder->found->n = kept;
}

static int compare_entries(const void *a, const void *b)
{
	const struct inlined_entry *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return (left->view > right->view) - (left->view < right->view);
}

const struct inlined_entry *inlined_regions__entry_at(const struct inlined_regions *regions, uint64_t addr)
{
	size_t first = SORTED_AT(regions->entries, regions->n_entries, addr, addr);

	return first < regions->n_entries ? &regions->entries[first] : NULL;
}

static int compare_limits(const void *a, const void *b)
{
	const struct inlined_limit *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return (left->decl_line > right->decl_line) - (left->decl_line < right->decl_line);
}

uint32_t inlined_regions__lowest_callee(const struct inlined_regions *regions, uint64_t addr, uint32_t line)
{
	size_t i = SORTED_FROM(regions->limits, regions->n_limits, addr, addr);

	for (; i < regions->n_limits && regions->limits[i].addr == addr; i++)
		if (regions->limits[i].decl_line >= line)
			return regions->limits[i].decl_line;
	return UINT32_MAX;
}

int inlined_regions__find(struct inlined_regions *regions, struct line_rows *rows, const struct stray_code *strays)
{
	struct region_finder finder = {.rows = rows, .found = regions, .strays = strays};
	int err = collect_regions(&finder, rows->die, NULL, (struct depth){rows->die, 0});

	flatten_regions(&finder);
	if (regions->n_entries)
		qsort(regions->entries, regions->n_entries, sizeof(*regions->entries), compare_entries);
	if (regions->n_limits)
		qsort(regions->limits, regions->n_limits, sizeof(*regions->limits), compare_limits);
	return err;
}

void inlined_regions__clear(struct inlined_regions *regions)
{
	free(regions->items);
	free(regions->entries);
	free(regions->parts);
	free(regions->limits);
	*regions = (struct inlined_regions){.n = 0};
}

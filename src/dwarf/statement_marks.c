// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Several rows may stand at one address. Each that is a statement marks the beginning of one, in the order of
 * the program, even if nothing is left of the statement's code; the last one has the code that is there.
 *
 * Nothing in the line table says which rows at an address are the caller's and which an inlined callee's, when both are
 * in one file. But an inlined call says with which row it begins (its entry's address and view), even if the
 * instruction there is other code. From that row on they are the callee's; those before it are the caller's. A compiler
 * that duplicates the code of a call has more beginnings than it names. There, the call itself is a statement of the
 * caller, so the rows up to the one of the call's line are the caller's; and the callee begins with a mark of the line
 * that declares it. Within the callee's code all rows are the callee's.
 *
 * Of a callee nothing may be left but its marks, in front of an instruction of the caller. So where that instruction is
 * not in the callee's code, other rows at its address are the caller's again: the last ones, of the instruction's line,
 * and those of the caller's lines as far as they are above the declarations of all callees that begin or end there.
 *
 * Where a range of an inlined instance ends, the first rows may be the instance's still, with the caller's code. They
 * are told by their lines: a row of a line above the function is no mark, and mark_owners drops those of lines below
 * it, which are known when all its instances are.
 */
#include "dwarf/statement_marks.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/code_labels.h"

/* The rows at one address that are taken: from `from` to `to`, exclusive; BASE is the first at the address. */
struct row_group {
	size_t base, from, to;
};

struct mark_finder {
	struct line_rows *rows;
	const struct inlined_regions *regions;
	struct code_labels labels;
	uint32_t decl_line;
	struct debug_instance *instance;
	size_t capacity;
};

/* The line (debug_places.h) whose statement ROW begins, or 0. */
static uint32_t marked_line(struct mark_finder *finder, const struct line_row *row)
{
	uint32_t line = row->is_stmt ? line_rows__number(finder->rows, row->path, (int)row->number) : 0;

	if (line & DEBUG_PLACE_OTHER)
		return line;
	return line >= finder->decl_line ? line : 0;
}

/* The region that ADDR is in, or NULL. */
static const struct inlined_region *region_at(const struct inlined_regions *regions, uint64_t addr)
{
	size_t i = SORTED_ABOVE(regions->items, regions->n, hi, addr);

	return i < regions->n && regions->items[i].lo <= addr ? &regions->items[i] : NULL;
}

/* Leaves of GROUP, at the beginning of REGION, the rows of the caller: up to the last statement of the call's line. */
static void keep_callers(struct mark_finder *finder, const struct inlined_region *region, struct row_group *group)
{
	for (; group->to > group->from; group->to--) {
		struct line_row row = line_table__read(&finder->rows->table, group->to - 1);

		if (marked_line(finder, &row) == region->line && region->line)
			return;
	}
}

/* Leaves of GROUP, at the beginning of a range of an inlined instance, the instance's own rows. */
static void keep_callees(struct mark_finder *finder, struct row_group *group)
{
	for (size_t row = group->from; row < group->to; row++) {
		struct line_row at = line_table__read(&finder->rows->table, row);

		if (finder->decl_line && marked_line(finder, &at) == finder->decl_line) {
			group->from = row;
			return;
		}
	}
	group->from = group->to - 1;
}

/*
 * Whether ROW of GROUP begins a part of the function, which is no statement of the program. In a copy of the code,
 * which debug information does not name, the first declaration is the function's and the next at the same address the
 * part's.
 */
static bool begins_part(struct mark_finder *finder, struct row_group group, size_t row)
{
	const struct inlined_regions *regions = finder->regions;
	uint64_t addr = line_table__address(&finder->rows->table, row);

	for (size_t i = 0; i < regions->n_parts; i++)
		if (regions->parts[i].addr == addr && regions->parts[i].view == row - group.base)
			return true;
	if (!regions->n_parts)
		return false;
	for (size_t before = group.from; before < row; before++) {
		struct line_row at = line_table__read(&finder->rows->table, before);
		struct line_row here = line_table__read(&finder->rows->table, row);

		if (marked_line(finder, &at) == finder->decl_line && at.column == here.column &&
		    marked_line(finder, &here) == finder->decl_line)
			return true;
	}
	return false;
}

/*
 * Whether the rows from FROM to ROW, both included, stand in front of the label in the source that is at their address.
 * (There may be several, to any of which the program jumps: then in front of the first.)
 */
static bool is_before_label(struct mark_finder *finder, size_t from, size_t row)
{
	uint32_t label = code_labels__line_at(&finder->labels, line_table__address(&finder->rows->table, row));

	for (; label && from <= row; from++) {
		struct line_row at = line_table__read(&finder->rows->table, from);

		if (marked_line(finder, &at) >= label)
			return false;
	}
	return label != 0;
}

/* Whether a label at ADDR stands in front of LINE, or on it. */
static bool is_behind_label(const struct mark_finder *finder, uint64_t addr, uint32_t line)
{
	uint32_t label = code_labels__line_at(&finder->labels, addr);

	return label && label <= line;
}

static int add_marks(struct mark_finder *finder, struct row_group group, uint32_t line_of_code)
{
	struct debug_instance *instance = finder->instance;

	for (size_t row = group.from; row < group.to; row++) {
		struct line_row at = line_table__read(&finder->rows->table, row);
		uint32_t line = marked_line(finder, &at);
		uint32_t view = (uint32_t)(row - group.base);
		int err;

		if (!line || begins_part(finder, group, row))
			continue;
		err = grow__one(&instance->marks, &finder->capacity, instance->n_marks, sizeof(*instance->marks));
		if (err)
			return err;
		instance->marks[instance->n_marks++] = (struct debug_mark){
			.addr = at.addr,
			.line = line,
			.column = at.column,
			.view = view,
			.codeless = line != line_of_code,
			.before_label = is_before_label(finder, group.base, row),
			.behind_label = is_behind_label(finder, at.addr, line),
			.n_labels = code_labels__up_to(&finder->labels, line),
		};
	}
	return 0;
}

/* Leaves of GROUP, at ADDR, what is the instance's own. */
static void keep_own(struct mark_finder *finder, uint64_t addr, bool at_start, struct row_group *group)
{
	const struct debug_instance *instance = finder->instance;
	const struct inlined_region *region = region_at(finder->regions, addr);
	const struct inlined_entry *callee = inlined_regions__entry_at(finder->regions, addr);

	if (instance->entry_mark_known && addr == instance->entry_mark)
		group->from = group->base + instance->entry_view;
	else if (at_start && instance->inlined)
		keep_callees(finder, group);
	if (callee && group->base + callee->view < group->to)
		group->to = group->base + callee->view;
	else if (region)
		keep_callers(finder, region, group);
}

/*
 * Whether ROW, behind the beginning of a callee at the same address, is the caller's again: a statement of the caller's
 * lines above those of all callees that begin or end there. (Those of callees above the function are no lines of it.)
 */
static bool is_callers(struct mark_finder *finder, size_t base, size_t row)
{
	struct line_row at = line_table__read(&finder->rows->table, row);
	uint32_t line = marked_line(finder, &at);
	const struct inlined_regions *regions = finder->regions;

	if (!line || line & DEBUG_PLACE_OTHER ||
	    line >= inlined_regions__lowest_callee(regions, at.addr, finder->decl_line))
		return false;
	for (const struct inlined_entry *entry = inlined_regions__entry_at(regions, at.addr);
	     entry && entry < regions->entries + regions->n_entries && entry->addr == at.addr; entry++)
		if (base + entry->view == row)
			return false;
	return true;
}

/* Whether one of the rows behind ROW, up to END, is the same place. */
static bool is_repeated(const struct line_table *table, size_t row, size_t end)
{
	struct line_row at = line_table__read(table, row);

	for (size_t other = row + 1; other < end; other++) {
		struct line_row behind = line_table__read(table, other);

		if (behind.path == at.path && behind.number == at.number && behind.column == at.column)
			return true;
	}
	return false;
}

/*
 * Takes the rows at the address of GROUP, behind those in it, that are the caller's again: those above the callees, and
 * the last ones, on line OWN.
 */
static int take_behind_callee(struct mark_finder *finder, const struct row_group *group, uint32_t own)
{
	const struct line_table *table = &finder->rows->table;
	size_t end = line_table__above(table, line_table__address(table, group->base)), last = end;
	int err = 0;

	while (own && last > group->to) {
		struct line_row row = line_table__read(table, last - 1);

		if (line_rows__number(finder->rows, row.path, (int)row.number) != own)
			break;
		last--;
	}
	for (size_t row = group->to; own && !err && row < end; row++) {
		bool last_of_all = row >= last || !is_repeated(table, row, end);

		if (row >= last || is_callers(finder, group->base, row))
			err = add_marks(finder, (struct row_group){group->base, row, row + 1}, last_of_all ? own : 0);
	}
	return err;
}

/* Takes the rows of GROUP that are the instance's; AT_START: a range of the instance begins there. */
static int take_group(struct mark_finder *finder, struct row_group group, bool at_start)
{
	uint64_t addr = line_table__address(&finder->rows->table, group.base);
	const struct inlined_region *region = region_at(finder->regions, addr);
	size_t own = line_rows__of(finder->rows, addr);
	struct line_row last = line_table__read(&finder->rows->table, own == SIZE_MAX ? group.base : own);
	uint32_t line_of_code = region ? region->line : 0;
	int err;

	if (region && region->lo != addr)
		return 0;
	if (!region)
		line_of_code = line_rows__number(finder->rows, last.path, (int)last.number);
	keep_own(finder, addr, at_start, &group);
	err = add_marks(finder, group, line_of_code);
	if (err || region || !inlined_regions__entry_at(finder->regions, addr))
		return err;
	return take_behind_callee(finder, &group, line_of_code);
}

static struct row_group group_at(const struct line_rows *rows, size_t first)
{
	return (struct row_group){first, first,
				  line_table__above(&rows->table, line_table__address(&rows->table, first))};
}

/* Takes the marks of the range; *entry: becomes true when the instance's entry is among its addresses. */
static int take_range(struct mark_finder *finder, const struct addr_range *range, bool *entry)
{
	const struct line_rows *rows = finder->rows;
	struct row_group group;
	int err = 0;

	for (size_t row = line_table__above(&rows->table, range->lo - 1); !err && row < rows->table.n; row = group.to) {
		uint64_t addr = line_table__address(&rows->table, row);

		if (addr >= range->hi)
			break;
		group = group_at(rows, row);
		*entry = *entry || addr == finder->instance->entry_mark;
		err = take_group(finder, group, addr == range->lo);
	}
	return err;
}

static bool is_inside(const struct debug_instance *instance, uint64_t addr)
{
	for (size_t i = 0; i < instance->n_ranges; i++)
		if (addr >= instance->ranges[i].lo && addr < instance->ranges[i].hi)
			return true;
	return false;
}

/* Takes the marks at END, where a range of the instance ends and the caller's code goes on. */
static int take_end(struct mark_finder *finder, uint64_t end)
{
	const struct line_table *table = &finder->rows->table;
	size_t row = line_table__above(table, end - 1);
	struct row_group group;
	int err = 0;

	if (is_inside(finder->instance, end) || end == finder->instance->entry_mark || row == table->n ||
	    line_table__address(table, row) != end)
		return 0;
	group = group_at(finder->rows, row);
	for (row = group.from; !err && row < group.to; row++) {
		struct line_row at = line_table__read(table, row);
		uint32_t line = marked_line(finder, &at);

		/* From the line that declares the function on, another call of it begins; above it is the caller. */
		if (line == finder->decl_line || (!line && line_rows__is_own_file(finder->rows, at.path)))
			break;
		if (!(line & DEBUG_PLACE_OTHER))
			err = add_marks(finder, (struct row_group){group.base, row, row + 1}, 0);
	}
	return err;
}

static int compare_marks(const void *a, const void *b)
{
	const struct debug_mark *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return (left->view > right->view) - (left->view < right->view);
}

/* Takes the marks at the instance's entry, where other code stands. */
static int take_entry(struct mark_finder *finder)
{
	const struct line_table *table = &finder->rows->table;
	uint64_t entry = finder->instance->entry_mark;
	size_t row = line_table__above(table, entry - 1);

	if (row == table->n || line_table__address(table, row) != entry)
		return 0;
	return take_group(finder, group_at(finder->rows, row), true);
}

/* Takes what stands outside of the ranges of an inlined instance. */
static int take_outside(struct mark_finder *finder, bool entry_taken)
{
	struct debug_instance *instance = finder->instance;
	int err = instance->entry_mark_known && !entry_taken ? take_entry(finder) : 0;
	Dwarf_Addr base, lo, hi;
	ptrdiff_t offset = 0;

	/* Ranges without code have marks as well. */
	while (!err && (offset = dwarf_ranges(finder->rows->die, offset, &base, &lo, &hi)) > 0)
		err = take_end(finder, hi);
	if (instance->n_marks)
		qsort(instance->marks, instance->n_marks, sizeof(*instance->marks), compare_marks);
	return err;
}

int statement_marks__find(struct line_rows *rows, const struct inlined_regions *regions, uint32_t decl_line,
			  struct debug_instance *instance)
{
	struct mark_finder finder = {.rows = rows, .regions = regions, .decl_line = decl_line, .instance = instance};
	struct inlined_entry entry;
	bool entry_taken = false;
	int err = code_labels__find(&finder.labels, rows);

	if (instance->inlined && !inlined_entry__read(rows->die, &entry)) {
		instance->entry_mark = entry.addr;
		instance->entry_view = entry.view;
		instance->entry_mark_known = true;
	}
	for (size_t i = 0; !err && i < instance->n_ranges; i++)
		err = take_range(&finder, &instance->ranges[i], &entry_taken);
	if (!err && instance->inlined)
		err = take_outside(&finder, entry_taken);
	code_labels__clear(&finder.labels);
	return err;
}

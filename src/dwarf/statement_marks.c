// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Several rows may stand at one address. Each that is a statement marks the beginning of one, in the order of
 * the program, even if nothing is left of the statement's code; the last one has the code that is there.
 *
 * Where an inlined callee's code begins, the rows are first of the caller and then of the callee, and nothing in the
 * line table says which is whose when both are in one file. The call itself is a statement of the caller. So for the
 * caller the rows up to the one of the call's line count; and for the callee, which begins with a mark of the line that
 * declares it, the rows from that one on. Within the callee's code all rows are the callee's.
 */
#include "dwarf/statement_marks.h"

#include <dwarf.h>
#include <errno.h>

#include "base/grow.h"

/* The rows at one address: from `from` to `to`, exclusive. */
struct row_group {
	size_t from, to;
};

struct mark_finder {
	struct line_rows *rows;
	const struct inlined_regions *regions;
	uint32_t decl_line;
	struct debug_instance *instance;
	size_t capacity;
};

/* The line (debug_places.h) whose statement ROW begins, or 0. */
static uint32_t marked_line(struct mark_finder *finder, const struct line_row *row)
{
	return row->is_stmt ? line_rows__number(finder->rows, row->path, (int)row->number) : 0;
}

/* The region that ADDR is in, or NULL. */
static const struct inlined_region *region_at(const struct inlined_regions *regions, uint64_t addr)
{
	size_t lo = 0, hi = regions->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (regions->items[mid].hi <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < regions->n && regions->items[lo].lo <= addr ? &regions->items[lo] : NULL;
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

/* How many rows of GROUP are statements on LINE at COLUMN. */
static size_t count_rows(struct mark_finder *finder, struct row_group group, uint32_t line, Dwarf_Word column)
{
	size_t n = 0;

	for (size_t row = group.from; row < group.to; row++) {
		struct line_row at = line_table__read(&finder->rows->table, row);

		n += marked_line(finder, &at) == line && at.column == column;
	}
	return n;
}

/*
 * Whether ROW of GROUP is the call of a part of the function, which no statement of the program is: it stands where the
 * function is declared. Where the head and the part begin at one address, the first such row is the head's.
 */
static bool leads_to_part(struct mark_finder *finder, struct row_group group, size_t row)
{
	const struct inlined_regions *regions = finder->regions;
	struct line_row at = line_table__read(&finder->rows->table, row);
	Dwarf_Attribute attribute;
	Dwarf_Word column = 0;

	if (!regions->n_parts || marked_line(finder, &at) != finder->decl_line)
		return false;
	dwarf_formudata(dwarf_attr_integrate(finder->rows->die, DW_AT_decl_column, &attribute), &column);
	if (at.column != column)
		return false;
	if (count_rows(finder, (struct row_group){group.from, row}, finder->decl_line, column))
		return true;
	if (at.addr == finder->instance->entry || count_rows(finder, group, finder->decl_line, column) > 1)
		return false;
	for (size_t i = 0; i < regions->n_parts; i++)
		if (regions->parts[i] == at.addr)
			return true;
	return false;
}

static int add_marks(struct mark_finder *finder, struct row_group group, uint32_t line_of_code)
{
	struct debug_instance *instance = finder->instance;

	for (size_t row = group.from; row < group.to; row++) {
		struct line_row at = line_table__read(&finder->rows->table, row);
		uint32_t line = marked_line(finder, &at);
		int err;

		if (!line || leads_to_part(finder, group, row))
			continue;
		err = grow__one(&instance->marks, &finder->capacity, instance->n_marks, sizeof(*instance->marks));
		if (err)
			return err;
		instance->marks[instance->n_marks++] = (struct debug_mark){
			.addr = at.addr,
			.line = line,
			.column = at.column,
			.codeless = line != line_of_code,
		};
	}
	return 0;
}

/* Takes the rows of GROUP that are the instance's; AT_START: a range of the instance begins there. */
static int take_group(struct mark_finder *finder, struct row_group group, bool at_start)
{
	uint64_t addr = line_table__address(&finder->rows->table, group.from);
	const struct inlined_region *region = region_at(finder->regions, addr);
	size_t own = line_rows__of(finder->rows, addr);
	struct line_row last = line_table__read(&finder->rows->table, own == SIZE_MAX ? group.from : own);
	uint32_t line_of_code = region ? region->line : 0;

	if (region && region->lo != addr)
		return 0;
	if (!region)
		line_of_code = line_rows__number(finder->rows, last.path, (int)last.number);
	if (at_start && finder->instance->inlined)
		keep_callees(finder, &group);
	if (region)
		keep_callers(finder, region, &group);
	return add_marks(finder, group, line_of_code);
}

int statement_marks__find(struct line_rows *rows, const struct inlined_regions *regions, uint32_t decl_line,
			  struct debug_instance *instance)
{
	struct mark_finder finder = {.rows = rows, .regions = regions, .decl_line = decl_line, .instance = instance};
	int err = 0;

	for (size_t i = 0; !err && i < instance->n_ranges; i++) {
		const struct addr_range *range = &instance->ranges[i];
		struct row_group group = {line_table__above(&rows->table, range->lo - 1), 0};

		for (; !err && group.from < rows->table.n; group.from = group.to) {
			uint64_t addr = line_table__address(&rows->table, group.from);

			if (addr >= range->hi)
				break;
			group.to = line_table__above(&rows->table, addr);
			err = take_group(&finder, group, addr == range->lo);
		}
	}
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/unit_index.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/die_ranges.h"
#include "dwarf/unit_filter.h"

struct unit_index {
	struct debug_file *file;     /* borrowed */
	const struct objfile *obj;   /* borrowed */
	struct unit_filter *filter;  /* owns `units` */
	const struct unit *units;    /* by offset */
	struct unit_bodies **bodies; /* by unit; NULL: not read yet */
	size_t n;
	struct unit_range *ranges; /* by address */
	size_t n_ranges, capacity;
};

/* Sections that the linker dropped leave ranges at address 0 and other places without code. */
static bool is_code(const struct objfile *obj, const struct addr_range *range)
{
	return range->lo && objfile__is_code(obj, range->lo) && objfile__is_code(obj, range->hi - 1);
}

static int add_unit(struct unit_index *index, size_t unit)
{
	struct addr_range *ranges;
	Dwarf_Die die;
	size_t n;
	int err;

	if (!dwarf_offdie(debug_file__dwarf(index->file), index->units[unit].die, &die))
		return 0;
	err = die_ranges__read(&die, &ranges, &n);
	for (size_t i = 0; i < n && !err; i++) {
		if (!is_code(index->obj, &ranges[i]))
			continue;
		err = grow__one(&index->ranges, &index->capacity, index->n_ranges, sizeof(*index->ranges));
		if (!err)
			index->ranges[index->n_ranges++] = (struct unit_range){.range = ranges[i], .unit = unit};
	}
	free(ranges);
	return err;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct unit_range *left = a, *right = b;

	if (left->range.lo != right->range.lo)
		return left->range.lo < right->range.lo ? -1 : 1;
	return (left->unit > right->unit) - (left->unit < right->unit);
}

static int read_units(struct unit_index *index)
{
	uint64_t reach = 0;
	int err = unit_filter__new(debug_file__dwarf(index->file), &index->filter);

	if (err)
		return err;
	index->units = unit_filter__units(index->filter, &index->n);
	index->bodies = calloc(index->n + 1, sizeof(*index->bodies));
	if (!index->bodies)
		return -ENOMEM;
	for (size_t i = 0; i < index->n && !err; i++)
		err = add_unit(index, i);
	if (index->n_ranges)
		qsort(index->ranges, index->n_ranges, sizeof(*index->ranges), compare_ranges);
	for (size_t i = 0; i < index->n_ranges; i++) {
		if (index->ranges[i].range.hi > reach)
			reach = index->ranges[i].range.hi;
		index->ranges[i].reach = reach;
	}
	return err;
}

int unit_index__new(struct debug_file *file, const struct objfile *obj, struct unit_index **out)
{
	struct unit_index *index = calloc(1, sizeof(*index));
	int err;

	if (!index)
		return -ENOMEM;
	index->file = file;
	index->obj = obj;
	err = read_units(index);
	if (err) {
		unit_index__free(index);
		return err;
	}
	*out = index;
	return 0;
}

void unit_index__free(struct unit_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; index->bodies && i < index->n; i++) {
		if (index->bodies[i])
			unit_bodies__clear(index->bodies[i]);
		free(index->bodies[i]);
	}
	free(index->bodies);
	unit_filter__free(index->filter);
	free(index->ranges);
	free(index);
}

int unit_index__bodies(struct unit_index *index, size_t unit, struct unit_bodies **bodies)
{
	struct unit_bodies *new = index->bodies[unit];
	int err;

	*bodies = new;
	if (new)
		return 0;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	err = debug_file__unit(index->file, index->units[unit].die, &new->unit, &new->skeleton) ? 0 : -EINVAL;
	if (!err)
		err = unit_bodies__read(new, index->obj);
	if (err) {
		unit_bodies__clear(new);
		free(new);
		return err;
	}
	*bodies = index->bodies[unit] = new;
	return 0;
}

int unit_index__bodies_of(struct unit_index *index, Dwarf_Die *die, struct unit_bodies **bodies)
{
	Dwarf_Die unit;
	size_t i;

	if (dwarf_cu_getdwarf(die->cu) != debug_file__dwarf(index->file) || !dwarf_diecu(die, &unit, NULL, NULL))
		return -ENOENT;
	i = SORTED_AT(index->units, index->n, die, dwarf_dieoffset(&unit));
	return i < index->n ? unit_index__bodies(index, i, bodies) : -ENOENT;
}

const struct unit_range *unit_index__at(const struct unit_index *index, uint64_t addr, const struct unit_range *before)
{
	size_t i = before ? (size_t)(before - index->ranges)
			  : SORTED_ABOVE(index->ranges, index->n_ranges, range.lo, addr);

	while (i > 0 && index->ranges[i - 1].reach > addr)
		if (index->ranges[--i].range.hi > addr)
			return &index->ranges[i];
	return NULL;
}

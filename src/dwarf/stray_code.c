// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. When calls of an inlined callee throw, GCC puts the tests for the types that are caught, and the call that
 * begins a handler, on the callee's lines, but not into the ranges of the callee: they look like code of the body
 * around it, on lines that its source does not have. So the line of the call would be left for each exception, and the
 * lines would have their hits in the wrong function.
 *
 * Code of the body that is in no inlined call is stray if its row names a line above the declaration of the body's
 * function, in the same file. It belongs to the function that is declared last at or above that line, if that one is
 * inlined in the body; where it is inlined several times, to the call that has the nearest code. (Functions below, or
 * within the other, cannot be told from it so easily. They are declared behind that one's declaration.)
 */
#include "dwarf/stray_code.h"

#include <dwarf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/compiled.h"
#include "dwarf/die_block.h"
#include "dwarf/die_name.h"
#include "dwarf/die_ranges.h"
#include "dwarf/line_table.h"

enum { MAX_DEPTH = 256 };

struct stray_call {
	const void *die;   /* its address in memory */
	size_t around;	   /* index of the call that it is in, or SIZE_MAX */
	const char *file;  /* that declares what is called; borrowed */
	uint32_t declared; /* the line */
	struct addr_range *ranges;
	size_t n_ranges;
};

struct finder {
	struct stray_code *strays;
	struct line_table table;
	const char *file; /* that declares the function of the body */
	uint32_t declared;
};

static uint32_t line_of(Dwarf_Die *die)
{
	int line = 0;

	return dwarf_decl_line(die, &line) || line < 0 ? 0 : (uint32_t)line;
}

static bool is_same_file(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static int add_call(struct stray_code *strays, Dwarf_Die *die, size_t around)
{
	struct stray_call call = {
		.die = die->addr, .around = around, .file = die_name__file(die), .declared = line_of(die)};
	int err = grow__one(&strays->calls, &strays->calls_capacity, strays->n_calls, sizeof(call));

	if (!err)
		err = die_ranges__read(die, &call.ranges, &call.n_ranges);
	if (!err)
		strays->calls[strays->n_calls++] = call;
	return err;
}

/* Collects the calls below DIE, which is in the call AROUND. */
static int collect_calls(struct stray_code *strays, Dwarf_Die *die, size_t around, unsigned depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine) {
			err = add_call(strays, &child, around);
			if (!err)
				err = collect_calls(strays, &child, strays->n_calls - 1, depth + 1);
		} else if (die_block__is(tag)) {
			err = collect_calls(strays, &child, around, depth + 1);
		}
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

/* How far the code of CALL is from the code [lo, hi). */
static uint64_t distance(const struct stray_call *call, uint64_t lo, uint64_t hi)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < call->n_ranges; i++) {
		const struct addr_range *range = &call->ranges[i];
		uint64_t gap = range->lo >= hi ? range->lo - hi : range->hi <= lo ? lo - range->hi : 0;

		least = gap < least ? gap : least;
	}
	return least;
}

/* The call to which the code [lo, hi) of LINE belongs, or SIZE_MAX. */
static size_t find_owner(const struct finder *finder, uint32_t line, uint64_t lo, uint64_t hi)
{
	const struct stray_call *calls = finder->strays->calls;
	size_t owner = SIZE_MAX;

	for (size_t k = 0; k < finder->strays->n_calls; k++) {
		const struct stray_call *call = &calls[k], *best = owner == SIZE_MAX ? NULL : &calls[owner];

		if (!call->declared || call->declared > line || !is_same_file(call->file, finder->file) ||
		    (best && call->declared < best->declared))
			continue;
		if (!best || call->declared > best->declared || distance(call, lo, hi) < distance(best, lo, hi))
			owner = k;
	}
	return owner;
}

/* Takes the code [lo, hi) of the body, which is in no call, if the row that tells of it says that it is stray. */
static int look_at_code(struct finder *finder, size_t row, uint64_t lo, uint64_t hi)
{
	struct stray_code *strays = finder->strays;
	struct line_row at = line_table__read(&finder->table, row);
	size_t owner = SIZE_MAX;
	int err;

	if (!at.end && at.number && at.number < finder->declared && is_same_file(at.path, finder->file))
		owner = find_owner(finder, at.number, lo, hi);
	if (owner == SIZE_MAX)
		return 0;
	err = grow__one(&strays->items, &strays->capacity, strays->n, sizeof(*strays->items));
	if (!err)
		strays->items[strays->n++] = (struct stray_item){{lo, hi}, owner};
	return err;
}

/* Sets *ranges to the ranges of all calls that are in no other. */
static int cover(const struct stray_code *strays, struct addr_range **ranges, size_t *n)
{
	size_t capacity = 0;
	int err = 0;

	for (size_t k = 0; k < strays->n_calls; k++) {
		const struct stray_call *call = &strays->calls[k];

		for (size_t i = 0; call->around == SIZE_MAX && i < call->n_ranges && !err; i++) {
			err = grow__one(ranges, &capacity, *n, sizeof(**ranges));
			if (!err)
				(*ranges)[(*n)++] = call->ranges[i];
		}
	}
	if (*n)
		qsort(*ranges, *n, sizeof(**ranges), addr_range__compare);
	return err;
}

/* Looks at the code [lo, hi) of the body, of which the N ranges COVERED are in calls. */
static int look_at_range(struct finder *finder, const struct addr_range *range, const struct addr_range *covered,
			 size_t n)
{
	uint64_t at = range->lo;
	int err = 0;

	for (size_t k = 0; at < range->hi && !err;) {
		size_t next = line_table__above(&finder->table, at);
		uint64_t hi = range->hi;

		while (k < n && covered[k].hi <= at)
			k++;
		if (k < n && covered[k].lo <= at) {
			at = covered[k].hi;
			continue;
		}
		if (k < n && covered[k].lo < hi)
			hi = covered[k].lo;
		if (next < finder->table.n && line_table__address(&finder->table, next) < hi)
			hi = line_table__address(&finder->table, next);
		/* What stands before the first row of the range was said of other code. */
		if (next && line_table__address(&finder->table, next - 1) >= range->lo)
			err = look_at_code(finder, next - 1, at, hi);
		at = hi;
	}
	return err;
}

static int look_at_body(struct finder *finder, Dwarf_Die *body)
{
	struct addr_range *ranges = NULL, *covered = NULL;
	size_t n = 0, n_covered = 0;
	int err = die_ranges__read(body, &ranges, &n);

	if (!err)
		err = cover(finder->strays, &covered, &n_covered);
	for (size_t i = 0; i < n && !err; i++)
		err = look_at_range(finder, &ranges[i], covered, n_covered);
	free(ranges);
	free(covered);
	if (finder->strays->n)
		qsort(finder->strays->items, finder->strays->n, sizeof(*finder->strays->items), addr_range__compare);
	return err;
}

int stray_code__find(struct stray_code *strays, Dwarf_Die *body)
{
	struct finder finder = {.strays = strays, .file = die_name__file(body), .declared = line_of(body)};
	int err;

	if (strays->body == body->addr)
		return 0;
	stray_code__clear(strays);
	strays->body = body->addr;
	if (!finder.declared || !finder.file || !compiled__by_gcc(body))
		return 0;
	err = line_table__open(&finder.table, body);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = collect_calls(strays, body, SIZE_MAX, 0);
	return err || !strays->n_calls ? err : look_at_body(&finder, body);
}

void stray_code__clear(struct stray_code *strays)
{
	for (size_t k = 0; k < strays->n_calls; k++)
		free(strays->calls[k].ranges);
	free(strays->calls);
	free(strays->items);
	*strays = (struct stray_code){.n = 0};
}

/* Whether call K is that of DIE, or within it. */
static bool is_within(const struct stray_code *strays, size_t k, const Dwarf_Die *die)
{
	while (k != SIZE_MAX && strays->calls[k].die != die->addr)
		k = strays->calls[k].around;
	return k != SIZE_MAX;
}

/* Joins the N ranges, which are disjoint, where one goes on in the next. */
static size_t join(struct addr_range *ranges, size_t n)
{
	size_t kept = 0;

	qsort(ranges, n, sizeof(*ranges), addr_range__compare);
	for (size_t i = 0; i < n; i++) {
		if (kept && ranges[kept - 1].hi == ranges[i].lo)
			ranges[kept - 1].hi = ranges[i].hi;
		else
			ranges[kept++] = ranges[i];
	}
	return kept;
}

int stray_code__add(const struct stray_code *strays, const Dwarf_Die *die, struct addr_range **ranges, size_t *n)
{
	struct addr_range *more;
	size_t before = *n, n_more = 0;

	for (size_t i = 0; i < strays->n; i++)
		n_more += is_within(strays, strays->items[i].owner, die);
	if (!n_more)
		return 0;
	more = reallocarray(*ranges, before + n_more, sizeof(**ranges));
	if (!more)
		return -ENOMEM;
	*ranges = more;
	for (size_t i = 0; i < strays->n; i++)
		if (is_within(strays, strays->items[i].owner, die))
			more[(*n)++] = strays->items[i].range;
	*n = join(more, *n);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Two things decide which line of a function an instruction belongs to: the last row of the line table at or
 * before it, and whether it lies in a callee that was inlined. The rows of an inlined callee name the lines of another
 * function, while its code belongs to the line of the call. So first the code of all inlined callees becomes a sorted
 * list of disjoint regions, each with the line of the outermost call. Then one sweep over rows and regions cuts each
 * range of the instance into spans.
 *
 * Several rows may stand at one address (views); only the last of them has code. A row ends where the next begins, or
 * at the end of its sequence. Code before the first row, or after the end of a sequence, is on the line that was
 * current before it.
 */
#include "dwarf/line_spans.h"

#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

enum { MAX_DEPTH = 256, MAX_RANGES = 1 << 20 };

struct region {
	uint64_t lo, hi;
	uint32_t line; /* 0: unknown */
	uint32_t call; /* number of the outermost call, from 1 */
};

struct span_builder {
	Dwarf_Die *die;
	const char *file;
	uint32_t decl_line;
	struct region *regions; /* sorted, disjoint once flattened */
	size_t n_regions, regions_capacity;
	uint32_t n_calls;
	Dwarf_Lines *rows;
	size_t n_rows;
	const char *known_path; /* the row path that was compared last: the same pointer for all rows of a file */
	bool known_own;
	bool any_row;
	bool starved; /* a path could not be compared for want of memory */
	struct line_span *spans;
	size_t n_spans, spans_capacity;
};

char *line_spans__absolute(Dwarf_Die *die, const char *path)
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

int line_spans__ranges(Dwarf_Die *die, struct addr_range **ranges, size_t *n)
{
	size_t capacity = 0;
	Dwarf_Addr base, lo, hi;
	ptrdiff_t offset = 0;

	*ranges = NULL;
	*n = 0;
	while (*n < MAX_RANGES && (offset = dwarf_ranges(die, offset, &base, &lo, &hi)) > 0) {
		if (hi <= lo)
			continue;
		if (grow__one(ranges, &capacity, *n, sizeof(**ranges))) {
			free(*ranges);
			*ranges = NULL;
			*n = 0;
			return -ENOMEM;
		}
		(*ranges)[(*n)++] = (struct addr_range){.lo = lo, .hi = hi};
	}
	return 0;
}

static int add_regions(struct span_builder *builder, Dwarf_Die *die, const struct region *call)
{
	struct addr_range *ranges;
	size_t n;
	int err = line_spans__ranges(die, &ranges, &n);

	for (size_t i = 0; i < n && !err; i++) {
		err = grow__one(&builder->regions, &builder->regions_capacity, builder->n_regions,
				sizeof(*builder->regions));
		if (!err)
			builder->regions[builder->n_regions++] =
				(struct region){ranges[i].lo, ranges[i].hi, call->line, call->call};
	}
	free(ranges);
	return err;
}

/* Whether PATH, as a line or file table gives it, is the function's source file. */
static bool is_own_file(struct span_builder *builder, const char *path)
{
	char *absolute;

	if (!path)
		return false;
	if (path == builder->known_path)
		return builder->known_own;
	absolute = line_spans__absolute(builder->die, path);
	builder->starved |= !absolute;
	builder->known_path = path;
	builder->known_own = absolute && strcmp(absolute, builder->file) == 0;
	free(absolute);
	return builder->known_own;
}

/* The line of the instance's own file on which DIE was called, or 0. */
static uint32_t call_line(struct span_builder *builder, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word line, file;
	Dwarf_Die unit;
	Dwarf_Files *files;
	size_t n;

	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_line, &attribute), &line) || line > UINT32_MAX)
		return 0;
	if (dwarf_formudata(dwarf_attr(die, DW_AT_call_file, &attribute), &file) ||
	    !dwarf_diecu(die, &unit, NULL, NULL) || dwarf_getsrcfiles(&unit, &files, &n))
		return (uint32_t)line;
	return file < n && is_own_file(builder, dwarf_filesrc(files, file, NULL, NULL)) ? (uint32_t)line : 0;
}

/*
 * Collects the code of callees that were inlined below DIE. With a CALL, all of it is part of that call; without, each
 * inlined call that is found is one of its own.
 */
static int collect_regions(struct span_builder *builder, Dwarf_Die *die, const struct region *call, unsigned depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine) {
			struct region own = call ? *call : (struct region){0, 0, call_line(builder, &child), 0};

			if (!call)
				own.call = ++builder->n_calls;
			err = add_regions(builder, &child, &own);
			if (!err)
				err = collect_regions(builder, &child, &own, depth + 1);
		} else if (tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block) {
			err = collect_regions(builder, &child, call, depth + 1);
		}
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static int compare_regions(const void *a, const void *b)
{
	const struct region *left = a;
	const struct region *right = b;

	if (left->lo != right->lo)
		return left->lo < right->lo ? -1 : 1;
	return left->hi > right->hi ? -1 : left->hi < right->hi;
}

/* Sorts the regions and cuts off what an earlier one covers already. */
static void flatten_regions(struct span_builder *builder)
{
	uint64_t covered = 0;
	size_t kept = 0;

	if (builder->n_regions)
		qsort(builder->regions, builder->n_regions, sizeof(*builder->regions), compare_regions);
	for (size_t i = 0; i < builder->n_regions; i++) {
		struct region region = builder->regions[i];

		if (region.lo < covered)
			region.lo = covered;
		if (region.lo >= region.hi)
			continue;
		covered = region.hi;
		builder->regions[kept++] = region;
	}
	builder->n_regions = kept;
}

static uint64_t row_address(const struct span_builder *builder, size_t row)
{
	Dwarf_Addr address = 0;

	dwarf_lineaddr(dwarf_onesrcline(builder->rows, row), &address);
	return address;
}

/* Index of the first row whose address is above ADDR. */
static size_t rows_above(const struct span_builder *builder, uint64_t addr)
{
	size_t lo = 0;
	size_t hi = builder->n_rows;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (row_address(builder, mid) <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * The function's own line that ROW is on, or 0 when it says nothing of that; *is_stmt: whether it, or
 * another row of that line at its address, is a recommended breakpoint.
 */
static uint32_t row_line(struct span_builder *builder, size_t row, bool *is_stmt)
{
	Dwarf_Line *line = dwarf_onesrcline(builder->rows, row);
	bool end = false;
	int number = 0;

	*is_stmt = false;
	dwarf_lineendsequence(line, &end);
	if (end)
		return 0;
	builder->any_row = true;
	dwarf_lineno(line, &number);
	dwarf_linebeginstatement(line, is_stmt);
	for (size_t i = row; !*is_stmt && i > 0 && row_address(builder, i - 1) == row_address(builder, row); i--) {
		Dwarf_Line *other = dwarf_onesrcline(builder->rows, i - 1);
		int other_number = 0;

		dwarf_lineno(other, &other_number);
		if (other_number == number)
			dwarf_linebeginstatement(other, is_stmt);
	}
	if (number <= 0 || !is_own_file(builder, dwarf_linesrc(line, NULL, NULL)))
		return 0;
	return (uint32_t)number;
}

/* Appends [lo, hi); joined to the span before when nothing new begins at LO. */
static int add_span(struct span_builder *builder, const struct line_span *span, bool may_join)
{
	struct line_span *last = builder->n_spans ? &builder->spans[builder->n_spans - 1] : NULL;
	int err;

	if (may_join && last && last->hi == span->lo && last->line == span->line && last->call == span->call) {
		last->hi = span->hi;
		return 0;
	}
	err = grow__one(&builder->spans, &builder->spans_capacity, builder->n_spans, sizeof(*span));
	if (!err)
		builder->spans[builder->n_spans++] = *span;
	return err;
}

/* Cuts one range of the instance into spans. */
static int sweep(struct span_builder *builder, const struct addr_range *range)
{
	uint32_t line = builder->decl_line;
	size_t region = 0;
	uint64_t at = range->lo;

	while (region < builder->n_regions && builder->regions[region].hi <= at)
		region++;
	while (at < range->hi) {
		size_t next_row = rows_above(builder, at);
		bool at_row = next_row > 0 && row_address(builder, next_row - 1) == at;
		struct line_span span = {.lo = at, .hi = range->hi};
		bool inlined = region < builder->n_regions && builder->regions[region].lo <= at;
		uint32_t own = next_row > 0 ? row_line(builder, next_row - 1, &span.is_stmt) : 0;
		int err;

		if (inlined) {
			own = builder->regions[region].line;
			span.call = builder->regions[region].call;
		}
		span.is_stmt = span.is_stmt && at_row && own;
		if (own)
			line = own;
		span.line = line;
		if (next_row < builder->n_rows && row_address(builder, next_row) < span.hi)
			span.hi = row_address(builder, next_row);
		if (inlined && builder->regions[region].hi < span.hi)
			span.hi = builder->regions[region].hi;
		if (!inlined && region < builder->n_regions && builder->regions[region].lo < span.hi)
			span.hi = builder->regions[region].lo;
		/* Inside inlined code breakpoints are recommended for the callee's lines, not for ours. */
		err = add_span(builder, &span, at != range->lo && (inlined || !span.is_stmt));
		if (err)
			return err;
		at = span.hi;
		if (inlined && at >= builder->regions[region].hi)
			region++;
	}
	return 0;
}

/* Line of the first row at ADDR, 0 when none is there. */
static uint32_t first_line_at(const struct span_builder *builder, uint64_t addr)
{
	size_t row = rows_above(builder, addr);
	int number = 0;

	while (row > 0 && row_address(builder, row - 1) == addr)
		row--;
	if (row < builder->n_rows && row_address(builder, row) == addr)
		dwarf_lineno(dwarf_onesrcline(builder->rows, row), &number);
	return number > 0 ? (uint32_t)number : 0;
}

/*
 * Entering the function is an execution of the line that declares it, as gcov has it; compilers put the
 * prologue on the line of the opening brace. All code of that line is prologue unless a statement
 * begins there as well; then only the code at the entry is.
 */
static void move_prologue(struct span_builder *builder, uint64_t entry)
{
	uint32_t brace = first_line_at(builder, entry);
	bool has_statement = false;

	if (brace <= builder->decl_line || !builder->decl_line)
		return;
	for (size_t i = 0; i < builder->n_spans; i++)
		if (builder->spans[i].line == brace && builder->spans[i].is_stmt && builder->spans[i].lo != entry)
			has_statement = true;
	for (size_t i = 0; i < builder->n_spans; i++)
		if (builder->spans[i].line == brace && (!has_statement || builder->spans[i].lo == entry))
			builder->spans[i].line = builder->decl_line;
}

int line_spans__build(Dwarf_Die *die, const char *file, uint32_t decl_line, struct debug_instance *instance)
{
	struct span_builder builder = {.die = die, .file = file, .decl_line = decl_line};
	Dwarf_Die unit;
	int err;

	instance->lines = NULL;
	instance->n_lines = 0;
	if (!dwarf_diecu(die, &unit, NULL, NULL) || dwarf_getsrclines(&unit, &builder.rows, &builder.n_rows) ||
	    !builder.n_rows)
		return 0;
	err = collect_regions(&builder, die, NULL, 0);
	flatten_regions(&builder);
	for (size_t i = 0; i < instance->n_ranges && !err; i++)
		err = sweep(&builder, &instance->ranges[i]);
	if (!err && builder.starved)
		err = -ENOMEM;
	if (!err && !instance->inlined)
		move_prologue(&builder, instance->entry);
	free(builder.regions);
	if (err || !builder.any_row) {
		free(builder.spans);
		return err;
	}
	instance->lines = builder.spans;
	instance->n_lines = builder.n_spans;
	return 0;
}

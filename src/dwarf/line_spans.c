// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Two things decide which line of a function an instruction belongs to: the last row of the line table at or
 * before it, and whether it lies in a callee that was inlined. The rows of an inlined callee name the lines of another
 * function, while its code belongs to the line of the call. So first the code of all inlined callees becomes a sorted
 * list of disjoint regions, each with the line of the outermost call. Then one sweep over rows and regions cuts each
 * range of the instance into spans. A call without a line was merged from calls on several lines, so its code has none
 * either.
 *
 * Several rows may stand at one address (views); only the last of them has code (for the others see statement_marks).
 * A row ends where the next begins, or
 * at the end of its sequence. Code before the first row, or after the end of a sequence, is on the line that was
 * current before it.
 */
#include "dwarf/line_spans.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "dwarf/compiled.h"
#include "dwarf/inlined_regions.h"
#include "dwarf/line_rows.h"
#include "dwarf/statement_marks.h"

struct span_builder {
	uint32_t decl_line;
	uint64_t entry; /* of a body; 0: the instance is inlined */
	struct line_rows rows;
	struct inlined_regions regions;
	bool any_row;
	bool columns;	/* spans of different columns are kept apart */
	bool join_rows; /* rows of one line that are no statements are one span */
	struct line_span *spans;
	size_t n_spans, spans_capacity;
	const struct line_source *source; /* borrowed */
};

/* Whether ROW or another row of its line at its address begins a statement. */
static bool begins_statement(struct span_builder *builder, size_t row, const struct line_row *at)
{
	bool is_stmt = at->is_stmt;

	for (; !is_stmt && row-- > 0 && line_table__address(&builder->rows.table, row) == at->addr;) {
		struct line_row other = line_table__read(&builder->rows.table, row);

		is_stmt = other.number == at->number && other.is_stmt;
	}
	return is_stmt;
}

/* Fills what the last row at or before span->lo says, for code of the function itself. */
static void read_row(struct span_builder *builder, size_t row, struct line_span *span)
{
	struct line_row at = line_table__read(&builder->rows.table, row);

	builder->any_row = builder->any_row || !at.end;
	span->line = line_rows__number(&builder->rows, at.path, (int)at.number);
	span->is_stmt = span->line && at.addr == span->lo && begins_statement(builder, row, &at);
	span->quiet = !at.end && !at.number;
	span->column = builder->columns ? at.column : 0;
}

/* Appends [lo, hi); joined to the span before when nothing new begins at LO. */
static int add_span(struct span_builder *builder, const struct line_span *span, bool may_join)
{
	struct line_span *last = builder->n_spans ? &builder->spans[builder->n_spans - 1] : NULL;
	int err;

	if (may_join && last && last->hi == span->lo && last->line == span->line && last->call == span->call &&
	    last->quiet == span->quiet && last->column == span->column) {
		last->hi = span->hi;
		return 0;
	}
	err = grow__one(&builder->spans, &builder->spans_capacity, builder->n_spans, sizeof(*span));
	if (!err)
		builder->spans[builder->n_spans++] = *span;
	return err;
}

/*
 * The row that tells of the code at ADDR in RANGE, or SIZE_MAX. Where a part of a body begins before its first row, the
 * row before is the last one of another function.
 */
static size_t row_of(struct span_builder *builder, const struct addr_range *range, uint64_t addr)
{
	size_t row = line_rows__of(&builder->rows, addr);
	bool before = row != SIZE_MAX && builder->entry && line_table__address(&builder->rows.table, row) < range->lo;

	return before && row + 1 < builder->rows.table.n &&
			       line_table__address(&builder->rows.table, row + 1) < range->hi
		       ? SIZE_MAX
		       : row;
}

/* Cuts one range of the instance into spans. */
static int sweep(struct span_builder *builder, const struct addr_range *range)
{
	uint32_t line = builder->decl_line;
	size_t region = 0;
	uint64_t at = range->lo;

	while (region < builder->regions.n && builder->regions.items[region].hi <= at)
		region++;
	while (at < range->hi) {
		size_t next_row = line_table__above(&builder->rows.table, at);
		size_t row = row_of(builder, range, at);
		struct line_span span = {.lo = at, .hi = range->hi};
		bool inlined = region < builder->regions.n && builder->regions.items[region].lo <= at;
		int err;

		if (inlined) {
			builder->any_row = builder->any_row || row != SIZE_MAX;
			span.line = builder->regions.items[region].line;
			span.call = builder->regions.items[region].call;
			span.quiet = !span.line;
		} else if (row != SIZE_MAX) {
			read_row(builder, row, &span);
		} else {
			/* Where a body is entered, that is the line of its declaration; elsewhere nobody knows. */
			span.quiet = builder->entry && range->lo != builder->entry;
		}
		if (span.line)
			line = span.line;
		span.line = line;
		if (next_row < builder->rows.table.n && line_table__address(&builder->rows.table, next_row) < span.hi)
			span.hi = line_table__address(&builder->rows.table, next_row);
		if (inlined && builder->regions.items[region].hi < span.hi)
			span.hi = builder->regions.items[region].hi;
		if (!inlined && region < builder->regions.n && builder->regions.items[region].lo < span.hi)
			span.hi = builder->regions.items[region].lo;
		/* Inside inlined code breakpoints are recommended for the callee's lines, not for ours. */
		err = add_span(builder, &span, at != range->lo && (inlined || (builder->join_rows && !span.is_stmt)));
		if (err)
			return err;
		at = span.hi;
		if (inlined && at >= builder->regions.items[region].hi)
			region++;
	}
	return 0;
}

/* The number of the line of the first row at ADDR, 0 when none is there. */
static uint32_t first_line_at(struct span_builder *builder, uint64_t addr)
{
	size_t row = line_rows__first_at(&builder->rows, addr);
	struct line_row at;

	if (row == SIZE_MAX)
		return 0;
	at = line_table__read(&builder->rows.table, row);
	return line_rows__number(&builder->rows, at.path, (int)at.number);
}

/*
 * Entering the function is an execution of the line that declares it, as gcov has it; compilers put the
 * prologue on the line of the opening brace. All code of that line is prologue unless a statement
 * begins there as well; then only the code at the entry is.
 */
static void move_prologue(struct span_builder *builder, struct debug_instance *instance)
{
	uint32_t brace = first_line_at(builder, instance->entry);
	bool has_statement = false;

	if (brace <= builder->decl_line || !builder->decl_line)
		return;
	for (size_t i = 0; i < builder->n_spans; i++)
		if (builder->spans[i].line == brace && builder->spans[i].is_stmt &&
		    builder->spans[i].lo != instance->entry)
			has_statement = true;
	for (size_t i = 0; i < builder->n_spans; i++)
		if (builder->spans[i].line == brace && (!has_statement || builder->spans[i].lo == instance->entry))
			builder->spans[i].line = builder->decl_line;
	for (size_t i = 0; i < instance->n_marks && instance->marks[i].addr == instance->entry; i++)
		if (instance->marks[i].line == brace)
			instance->marks[i].line = builder->decl_line;
}

/* In Go, a function that has results ends with a `return`, or the like; other calls do not come to that line. */
static bool is_endless(Dwarf_Die *die)
{
	Dwarf_Die unit, *found = dwarf_diecu(die, &unit, NULL, NULL);

	return found && dwarf_srclang(found) == DW_LANG_Go;
}

/* Finds out how the code was compiled, on which it depends which spans are kept apart. */
static void judge_compiler(struct span_builder *builder, struct debug_instance *instance)
{
	instance->marked = compiled__marks_statements(&builder->rows, instance->ranges, instance->n_ranges);
	instance->optimised = instance->marked || compiled__is_optimised(builder->rows.die, builder->source->unit);
	instance->endless = is_endless(builder->rows.die);
	builder->columns = instance->optimised;
	builder->join_rows = instance->optimised;
}

/* Finds the lines and the marks of the instance. */
static int read_instance(struct span_builder *builder, struct debug_instance *instance)
{
	int err = inlined_regions__find(&builder->regions, &builder->rows, builder->source->strays);

	judge_compiler(builder, instance);
	for (size_t i = 0; i < instance->n_ranges && !err; i++)
		err = sweep(builder, &instance->ranges[i]);
	instance->lines = builder->spans;
	instance->n_lines = builder->n_spans;
	if (!err && instance->marked)
		err = statement_marks__find(&builder->rows, &builder->regions, builder->decl_line, instance);
	if (!err && builder->rows.starved)
		err = -ENOMEM;
	if (!err && !instance->inlined)
		move_prologue(builder, instance);
	return err;
}

int line_spans__build(const struct line_source *source, const struct debug_function *function, struct line_files *files,
		      const struct line_window *window, struct debug_instance *instance)
{
	struct span_builder builder = {
		.decl_line = function->line, .entry = instance->inlined ? 0 : instance->entry, .source = source};
	int err;

	instance->lines = NULL;
	instance->n_lines = 0;
	err = line_rows__open(&builder.rows, source->die, function->file, files);
	if (err)
		return err == -ENOMEM ? err : 0;
	builder.rows.window = *window;
	err = read_instance(&builder, instance);
	line_rows__close(&builder.rows);
	inlined_regions__clear(&builder.regions);
	if (err || !builder.any_row) {
		free(instance->lines);
		instance->lines = NULL;
		instance->n_lines = 0;
	}
	return err;
}

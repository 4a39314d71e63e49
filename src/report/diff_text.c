// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes which sampled functions moved, and a table for each profiled function, similar to the text report. For each
 * quantity there are two columns: before and after.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "profile/rough_count.h"
#include "report/diff_functions.h"
#include "report/diff_report.h"
#include "report/inexact_hits.h"
#include "report/report_view.h"

enum column {
	COLUMN_LINE_BEFORE,
	COLUMN_LINE_AFTER,
	COLUMN_HITS_BEFORE,
	COLUMN_HITS_AFTER,
	COLUMN_TIME_BEFORE,
	COLUMN_TIME_AFTER,
	COLUMN_CHANGE,
	COLUMN_PER_HIT,
	N_COLUMNS
};

static const struct column_spec {
	const char *title;
	int width; /* minimum width; a column becomes wider when a number needs it */
} columns[N_COLUMNS] = {
	[COLUMN_LINE_BEFORE] = {"Line was", 8},	 [COLUMN_LINE_AFTER] = {"is", 6},
	[COLUMN_HITS_BEFORE] = {"Hits were", 9}, [COLUMN_HITS_AFTER] = {"are", 9},
	[COLUMN_TIME_BEFORE] = {"Time was", 12}, [COLUMN_TIME_AFTER] = {"is", 12},
	[COLUMN_CHANGE] = {"Change", 10},	 [COLUMN_PER_HIT] = {"Per Hit", 9},
};

#define CELL_SIZE 32

struct row {
	char cells[N_COLUMNS][CELL_SIZE];
	char mark, kind; /* see legend */
	bool inexact;	 /* hits are marked with "~" */
	bool estimated;	 /* hits are marked as estimates */
	bool alike;	 /* those after begin with "=" */
};

/* Meanings of the characters after the numbers. Those that were used are explained at the end of the output. */
static const struct {
	char character;
	const char *meaning;
} legend[] = {
	{'*', "the largest change of time in its function"},
	{'~', "a change within the uncertainty of what the probes cost"},
	{'-', "only before"},
	{'+', "only after"},
	{'!', "the line has been edited"},
};

#define N_LEGEND (sizeof(legend) / sizeof(*legend))

struct text_diff {
	const struct profile_diff *diff;
	const struct report_style *style;
	FILE *out;
	bool used[N_LEGEND];
	bool inexact, estimated, alike; /* such hits were shown */
};

static void put_text(struct text_diff *text, const char *string)
{
	printable__write(string, strlen(string), PRINTABLE_KEEP_TAB, text->out);
}

static double seconds(uint64_t ns)
{
	return (double)ns * 1e-9;
}

/* Formats a number with one decimal or, if that is wider than the column, with three significant digits. */
static void format_amount(char *cell, size_t size, int width, const char *sign, double value)
{
	if (snprintf(cell, size, "%s%.1f", sign, value) > width)
		snprintf(cell, size, "%s%.3g", sign, value);
}

static void format_hits(const struct text_diff *text, const struct profile_line *line, bool alike, int width,
			char cell[CELL_SIZE])
{
	char number[CELL_SIZE - 8];

	report_view__format_hits(line, width, false, number, sizeof(number));
	snprintf(cell, CELL_SIZE, "%s%s%s", alike ? "=" : "", number,
		 line->hits && line->hits_uncertainty ? report_view__mark(text->style) : "");
}

static void format_side(const struct text_diff *text, const struct profile_function *function,
			const struct profile_line *line, struct row *row, bool after)
{
	const size_t size = sizeof(row->cells[0]);
	int hits = after ? COLUMN_HITS_AFTER : COLUMN_HITS_BEFORE,
	    time = after ? COLUMN_TIME_AFTER : COLUMN_TIME_BEFORE;

	if (!line)
		return;
	row->inexact |= line->hits_inexact;
	row->estimated |= line->hits_uncertainty > 0;
	snprintf(row->cells[after ? COLUMN_LINE_AFTER : COLUMN_LINE_BEFORE], size, "%" PRIu32, line->line);
	if (!profile_function__shows(function, line))
		return;
	if (profile_function__knows_hits(function, line))
		format_hits(text, line, after && row->alike, columns[hits].width, row->cells[hits]);
	if (profile_function__knows_time(function, line))
		format_amount(row->cells[time], size, columns[time].width, "",
			      (double)line->time_ns * 1e-9 / text->style->unit);
}

/* Whether the row has figures of LINE of FUNCTION. Both may be NULL. */
static bool is_shown(const struct profile_function *function, const struct profile_line *line)
{
	return line && profile_function__shows(function, line);
}

/* Whether the change of the time per hit is larger than the uncertainty of estimated hits alone would make it. */
static bool per_hit_differs(const struct profile_diff_line *line)
{
	const struct profile_line *before = line->before, *after = line->after;
	double doubt = hypot((double)before->hits_uncertainty / (double)before->hits,
			     (double)after->hits_uncertainty / (double)after->hits);

	return fabs(line->per_hit_change_ns) * (double)after->hits > doubt * (double)after->time_ns || doubt == 0;
}

static char kind_of(const struct profile_diff_line *line)
{
	if (!line->after)
		return '-';
	if (!line->before)
		return '+';
	return line->edited ? '!' : ' ';
}

static void format_row(const struct text_diff *text, const struct profile_diff_function *function,
		       const struct profile_diff_line *line, struct row *row)
{
	const size_t size = sizeof(row->cells[0]);
	double change = (double)line->change_ns * 1e-9 / text->style->unit, per_hit;

	memset(row, 0, sizeof(*row));
	row->alike = line->hits_alike;
	format_side(text, function->before, line->before, row, false);
	format_side(text, function->after, line->after, row, true);
	row->kind = kind_of(line);
	row->mark = line->largest ? '*' : ' ';
	if (!is_shown(function->before, line->before) && !is_shown(function->after, line->after))
		return;
	if (line->uncertain)
		row->mark = '~';
	format_amount(row->cells[COLUMN_CHANGE], size, columns[COLUMN_CHANGE].width, change < 0 ? "-" : "+",
		      fabs(change));
	if (!line->before || !line->after || !line->before->hits || !line->after->hits || !line->before->time_ns)
		return;
	if (!per_hit_differs(line))
		return;
	per_hit = line->per_hit_change_ns * (double)line->before->hits / (double)line->before->time_ns;
	if (snprintf(row->cells[COLUMN_PER_HIT], size, "%+.1f %%", 100 * per_hit) > columns[COLUMN_PER_HIT].width)
		snprintf(row->cells[COLUMN_PER_HIT], size, "%+.3g %%", 100 * per_hit);
}

static void put_row(struct text_diff *text, const int *widths, const struct row *row, const char *source)
{
	for (int c = 0; c < N_COLUMNS; c++)
		fprintf(text->out, "%s%*s%s", c ? " " : "", widths[c] - utf8__length(row->cells[c]), "", row->cells[c]);
	fprintf(text->out, " %c%c ", row->mark, row->kind);
	if (source)
		put_text(text, source);
	fputc('\n', text->out);
	for (size_t i = 0; i < N_LEGEND; i++)
		text->used[i] |= row->mark == legend[i].character || row->kind == legend[i].character;
	text->inexact |= row->inexact;
	text->estimated |= row->estimated;
	text->alike |= row->alike;
}

/* Begins the rows of another file. They continue the table. */
static void put_file(struct text_diff *text, const char *name)
{
	fputs("\nFile: ", text->out);
	put_text(text, name);
	fputs("\n\n", text->out);
}

static void put_table(struct text_diff *text, const struct profile_diff_function *function)
{
	int widths[N_COLUMNS], length = 0;
	struct row row;

	for (int c = 0; c < N_COLUMNS; c++)
		widths[c] = columns[c].width;
	for (size_t i = 0; i < function->n_lines; i++) {
		format_row(text, function, &function->lines[i], &row);
		for (int c = 0; c < N_COLUMNS; c++)
			if (utf8__length(row.cells[c]) > widths[c])
				widths[c] = utf8__length(row.cells[c]);
	}
	for (int c = 0; c < N_COLUMNS; c++)
		length += fprintf(text->out, c ? " %*s" : "%*s", widths[c], columns[c].title);
	length += fprintf(text->out, "    %s\n", "Line Contents") - 1;
	while (length-- > 0)
		fputc('=', text->out);
	fputc('\n', text->out);
	for (size_t i = 0; i < function->n_lines; i++) {
		const char *file = function->lines[i].file;

		if (file && (!i || file != function->lines[i - 1].file))
			put_file(text, file);
		format_row(text, function, &function->lines[i], &row);
		put_row(text, widths, &row, function->lines[i].text);
	}
	fputc('\n', text->out);
}

static void put_notes(struct text_diff *text, const char *when, char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(text->out, "note, %s: ", when);
		put_text(text, notes[i]);
		fputc('\n', text->out);
	}
}

static void put_calls(struct text_diff *text, const char *title, const struct profile_function *function)
{
	fprintf(text->out, "%s%" PRIu64 "%s", title, rough_count__rounded(function->calls, function->calls_uncertainty),
		function->calls_uncertainty ? report_view__mark(text->style) : "");
	text->estimated |= function->calls_uncertainty > 0;
}

static void put_function(struct text_diff *text, const struct profile_diff_function *function)
{
	const struct profile_function *before = function->before, *after = function->after;

	fprintf(text->out, "Total time: %g s, was %g s", seconds(after->time_ns), seconds(before->time_ns));
	if (before->time_ns)
		fprintf(text->out, " (%+.1f %%)", 100 * (double)function->change_ns / (double)before->time_ns);
	fputs("\nFile: ", text->out);
	put_text(text, after->file);
	if (strcmp(before->file, after->file) != 0) {
		fputs(", was ", text->out);
		put_text(text, before->file);
	}
	fputs("\nFunction: ", text->out);
	put_text(text, after->name);
	fprintf(text->out, " at line %" PRIu32, after->line);
	if (before->line != after->line)
		fprintf(text->out, ", was at line %" PRIu32, before->line);
	fputc('\n', text->out);
	if (!before->uncounted && !after->uncounted) {
		put_calls(text, "Calls: ", after);
		put_calls(text, ", were ", before);
		fputc('\n', text->out);
	}
	fputc('\n', text->out);
	put_table(text, function);
	put_notes(text, "before", before->notes, before->n_notes);
	put_notes(text, "after", after->notes, after->n_notes);
	if (before->n_notes || after->n_notes)
		fputc('\n', text->out);
}

/* The function after or, if it is gone, before. */
static const struct profile_function *either(const struct profile_diff_function *function)
{
	return function->after ? function->after : function->before;
}

static bool may_be_hit(const struct profile_function *function)
{
	return function && profile_function__may_be_hit(function);
}

static int compare_places(const void *x, const void *y)
{
	const struct profile_function *a = either(*(const struct profile_diff_function *const *)x);
	const struct profile_function *b = either(*(const struct profile_diff_function *const *)y);
	int order = strcmp(a->file, b->file);

	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = strcmp(a->name, b->name);
	return order ? order : strcmp(a->object, b->object);
}

static int compare_changes(const void *x, const void *y)
{
	long long a = llabs((*(const struct profile_diff_function *const *)x)->change_ns);
	long long b = llabs((*(const struct profile_diff_function *const *)y)->change_ns);

	return a != b ? (a > b ? 1 : -1) : compare_places(x, y);
}

static void put_single(struct text_diff *text, const struct profile_diff_function *function)
{
	const struct profile_function *one = either(function);

	fprintf(text->out, "Only %s: ", function->after ? "after" : "before");
	put_text(text, one->name);
	fprintf(text->out, " at line %" PRIu32 " of ", one->line);
	put_text(text, one->file);
	fprintf(text->out, ", %g s", seconds(one->time_ns));
	if (!one->uncounted)
		put_calls(text, ", calls: ", one);
	fputc('\n', text->out);
}

static void put_heading(struct text_diff *text)
{
	const struct profile_diff *diff = text->diff;

	fprintf(text->out, "Timer unit: %g s\n\nBefore: ", text->style->unit);
	put_text(text, diff->before_name);
	fprintf(text->out, " (%g s)\nAfter: ", seconds(diff->before->duration_ns));
	put_text(text, diff->after_name);
	fprintf(text->out, " (%g s)\n\n", seconds(diff->after->duration_ns));
}

static void put_legend(struct text_diff *text)
{
	bool any = text->inexact || text->estimated;

	if (text->inexact)
		fputs("~N " INEXACT_HITS_MEANING "\n", text->out);
	if (text->estimated)
		fprintf(text->out, "N%s hits or calls estimated from counting now and then\n",
			report_view__mark(text->style));
	if (text->alike)
		fputs("=N hits that differ from those before by no more than both are uncertain\n", text->out);
	for (size_t i = 0; i < N_LEGEND; i++) {
		if (text->used[i])
			fprintf(text->out, "%c  %s\n", legend[i].character, legend[i].meaning);
		any |= text->used[i];
	}
	if (any)
		fputc('\n', text->out);
}

static void put_functions(struct text_diff *text, const struct profile_diff_function *const *functions, size_t n)
{
	size_t n_single = 0;

	for (size_t i = 0; i < n; i++) {
		if (functions[i]->before && functions[i]->after)
			put_function(text, functions[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (functions[i]->before && functions[i]->after)
			continue;
		put_single(text, functions[i]);
		n_single++;
	}
	if (n_single)
		fputc('\n', text->out);
}

static int write_text(const struct profile_diff *diff, const struct report_style *style, FILE *out)
{
	struct text_diff text = {.diff = diff, .style = style, .out = out};
	const struct profile_diff_function **chosen =
		calloc(diff->n_functions + 1, sizeof(struct profile_diff_function *));
	size_t n = 0;
	int err;

	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < diff->n_functions; i++) {
		const struct profile_diff_function *function = &diff->functions[i];

		if (!style->skip_zero || may_be_hit(function->before) || may_be_hit(function->after))
			chosen[n++] = function;
	}
	qsort(chosen, n, sizeof(struct profile_diff_function *), style->sort ? compare_changes : compare_places);
	put_heading(&text);
	err = diff_functions__write(diff, out);
	put_functions(&text, chosen, n);
	put_legend(&text);
	put_notes(&text, "before", diff->before->notes, diff->before->n_notes);
	put_notes(&text, "after", diff->after->notes, diff->after->n_notes);
	free(chosen);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct diff_format diff_text = {.name = "text", .write = write_text};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the same tables as Python's line_profiler (its show_text), so that people and programs that read those can
 * read these: the same header lines, columns, widths, number formats and blank lines.
 *
 * Estimated hits have a mark. On a terminal it stands behind the hits, where people look for it. Elsewhere it stands
 * between all numbers of a row and the text, so that programs find whole numbers in their places.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "report/budget_use.h"
#include "report/estimated_hits.h"
#include "report/report.h"
#include "report/report_functions.h"
#include "report/report_view.h"
#include "terminal/heat.h"

enum column { COLUMN_LINE, COLUMN_HITS, COLUMN_TIME, COLUMN_PER_HIT, COLUMN_PERCENT, N_COLUMNS };

struct column_spec {
	const char *title;
	int width; /* minimum width; a column becomes wider when a number needs it */
};

static const struct column_spec columns[N_COLUMNS] = {
	[COLUMN_LINE] = {"Line #", 6},	   [COLUMN_HITS] = {"Hits", 9},	     [COLUMN_TIME] = {"Time", 12},
	[COLUMN_PER_HIT] = {"Per Hit", 8}, [COLUMN_PERCENT] = {"% Time", 8},
};

/* The numbers of one row, as printed. */
struct row {
	char cells[N_COLUMNS][32];
	bool uncertain; /* the time is below its uncertainty and marked with "~" */
	bool estimated; /* the hits are estimated and marked, see above */
	enum heat heat;
};

struct text_report {
	const struct report_style *style;
	FILE *out;
	bool estimates; /* the present table has estimated hits */
};

static double seconds(uint64_t ns)
{
	return (double)ns * 1e-9;
}

static void put_text(struct text_report *report, const char *text)
{
	printable__write(text, strlen(text), PRINTABLE_KEEP_TAB, report->out);
}

/* Writes an escape sequence for the terminal, if the style has colours. */
static void put_color(const struct text_report *report, const char *sequence)
{
	if (report->style->color)
		fputs(sequence, report->out);
}

static void put_notes(struct text_report *report, char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs("note: ", report->out);
		put_text(report, notes[i]);
		fputc('\n', report->out);
	}
}

/* Formats a number with one decimal or, if that is wider than the column, with three significant digits. */
static void format_amount(char *cell, size_t size, int width, double value)
{
	if (snprintf(cell, size, "%5.1f", value) > width)
		snprintf(cell, size, "%5.3g", value);
}

/* Whether the table has room for a mark behind hits, and whether it has that behind all numbers. */
static bool marks_hits(const struct text_report *report)
{
	return report->estimates && report->style->estimate_mark;
}

static bool marks_rows(const struct text_report *report)
{
	return report->estimates && !report->style->estimate_mark;
}

static void format_hits(const struct text_report *report, const struct profile_line *line, char *cell, size_t size)
{
	report_view__format_hits(line, columns[COLUMN_HITS].width, !report->style->estimate_mark, cell, size);
	if (marks_hits(report))
		strncat(cell, line->hits && line->hits_uncertainty ? report->style->estimate_mark : " ",
			size - strlen(cell) - 1);
}

static void format_row(const struct text_report *report, const struct profile_function *function,
		       const struct profile_line *line, struct row *row)
{
	double scale = 1e-9 / report->style->unit, time = (double)line->time_ns;
	const size_t size = sizeof(row->cells[0]);

	memset(row, 0, sizeof(*row));
	snprintf(row->cells[COLUMN_LINE], size, "%" PRIu32, line->line);
	if (!profile_function__shows(function, line))
		return;
	row->uncertain = profile_line__below_resolution(line);
	row->heat = heat__of(line->time_ns, function->time_ns);
	row->estimated = line->hits_uncertainty;
	if (profile_function__knows_hits(function, line))
		format_hits(report, line, row->cells[COLUMN_HITS], size);
	if (!profile_function__knows_time(function, line))
		return;
	format_amount(row->cells[COLUMN_TIME], size, columns[COLUMN_TIME].width, time * scale);
	if (line->hits)
		format_amount(row->cells[COLUMN_PER_HIT], size, columns[COLUMN_PER_HIT].width,
			      time * scale / (double)line->hits);
	if (function->time_ns)
		snprintf(row->cells[COLUMN_PERCENT], size, "%5.1f", 100.0 * time / (double)function->time_ns);
}

static void fit_columns(const struct text_report *report, const struct profile_function *function, int *widths)
{
	for (int c = 0; c < N_COLUMNS; c++)
		widths[c] = columns[c].width;
	widths[COLUMN_HITS] += marks_hits(report);
	for (size_t i = 0; i < function->n_lines; i++) {
		struct row row;

		format_row(report, function, &function->lines[i], &row);
		for (int c = 0; c < N_COLUMNS; c++) {
			int width = utf8__length(row.cells[c]);

			if (width > widths[c])
				widths[c] = width;
		}
	}
}

static void put_header(struct text_report *report, const int *widths)
{
	int length = 0;

	put_color(report, HEAT_BOLD);
	for (int c = 0; c < N_COLUMNS; c++) {
		int room = c == COLUMN_HITS && marks_hits(report);

		length += fprintf(report->out, "%*s%*s", widths[c] - room, columns[c].title, room + 1, "");
	}
	length += fprintf(report->out, "%s%s", marks_rows(report) ? "   " : " ", "Line Contents");
	put_color(report, HEAT_END);
	fputc('\n', report->out);
	while (length-- > 0)
		fputc('=', report->out);
	fputc('\n', report->out);
}

static void put_cell(struct text_report *report, int width, const char *cell, enum heat heat)
{
	if (heat)
		put_color(report, heat__begin(heat));
	fprintf(report->out, "%*s%s", width - utf8__length(cell), "", cell);
	if (heat)
		put_color(report, HEAT_END);
}

static void put_row(struct text_report *report, const int *widths, const struct row *row, const char *text)
{
	for (int c = 0; c < N_COLUMNS; c++) {
		if (c)
			fputc(' ', report->out);
		put_cell(report, widths[c], row->cells[c],
			 c == COLUMN_TIME || c == COLUMN_PERCENT ? row->heat : HEAT_NONE);
	}
	fputs(row->uncertain ? "~ " : "  ", report->out);
	if (marks_rows(report))
		fputs(row->estimated ? "* " : "  ", report->out);
	if (text)
		put_text(report, text);
	fputc('\n', report->out);
}

/* Says why the text of the file is missing, if it is. */
static void put_missing(struct text_report *report, const struct profile_function *function, uint32_t file)
{
	const struct report_view_missing missing = report_view__missing(function, file);

	if (!missing.before)
		return;
	fputs(missing.before, report->out);
	put_text(report, profile_function__file(function, file));
	fprintf(report->out, "%s\nThe " REPORT_VIEW_WITHOUT_TEXT ".\n\n", missing.after);
}

/* Begins the rows of another file. They continue the table. */
static void put_file(struct text_report *report, const struct profile_function *function, uint32_t file)
{
	fputs("\nFile: ", report->out);
	put_text(report, profile_function__file(function, file));
	fputs("\n\n", report->out);
	put_missing(report, function, file);
}

static void put_rows(struct text_report *report, const struct profile_function *function, const int *widths)
{
	struct report_view_rows rows = report_view__rows(function);
	struct report_view_row next;
	uint32_t file = 0;

	while (report_view__next_row(&rows, &next)) {
		const struct profile_line plain = {.line = next.line};
		struct row row;

		if (next.file != file) {
			file = next.file;
			put_file(report, function, file);
		}
		format_row(report, function, next.measured ? next.measured : &plain, &row);
		put_row(report, widths, &row, next.text);
	}
}

static void put_owner(struct text_report *report, const struct profile_owner *owner)
{
	if (owner->has_rank)
		fprintf(report->out, "Rank: %d\n", owner->rank);
	if (!owner->pid)
		return;
	if (owner->tid)
		fprintf(report->out, "Thread: %d of process %d", owner->tid, owner->pid);
	else
		fprintf(report->out, "Process: %d", owner->pid);
	if (*owner->comm) {
		fputs(" (", report->out);
		put_text(report, owner->comm);
		fputc(')', report->out);
	}
	fputc('\n', report->out);
}

static void put_heading(struct text_report *report, const struct profile_function *function)
{
	fprintf(report->out, "Total time: %g s\nFile: ", seconds(function->time_ns));
	put_text(report, function->file);
	fputs("\nFunction: ", report->out);
	put_color(report, HEAT_BOLD);
	put_text(report, function->name);
	put_color(report, HEAT_END);
	fprintf(report->out, " at line %" PRIu32 "\n", report_view__first_line(function));
	put_owner(report, &function->owner);
	fputc('\n', report->out);
	put_missing(report, function, 0);
}

/* Writes sentences about what the table leaves out by its own rules, then the function's notes. */
static void put_function_notes(struct text_report *report, const struct profile_function *function)
{
	struct report_view_sentences sentences = {.n = 0};

	report_view__say(function, report->style, &sentences);
	report_view__say_off_time(function, &sentences);
	for (size_t i = 0; i < sentences.n; i++)
		fprintf(report->out, "note: %s\n", sentences.text[i]);
	put_notes(report, function->notes, function->n_notes);
	if (sentences.n || function->n_notes)
		fputc('\n', report->out);
}

static void put_function(struct text_report *report, const struct profile_function *function)
{
	int widths[N_COLUMNS];

	report->estimates = estimated_hits__any(function);
	put_heading(report, function);
	fit_columns(report, function, widths);
	put_header(report, widths);
	put_rows(report, function, widths);
	fputc('\n', report->out);
	put_function_notes(report, function);
}

static void put_summary(struct text_report *report, const struct profile_function *function)
{
	fprintf(report->out, "%6.2f seconds - ", seconds(function->time_ns));
	put_text(report, function->file);
	fprintf(report->out, ":%" PRIu32 " - ", report_view__first_line(function));
	put_text(report, function->name);
	fputc('\n', report->out);
}

static int write_text(const struct profile *profile, const struct report_style *style, FILE *out)
{
	struct text_report report = {.style = style, .out = out};
	const struct profile_function **functions;
	char use[BUDGET_USE_ROOM];
	int err = 0;
	size_t n;

	functions =
		report_view__choose(profile, style, style->sort ? REPORT_VIEW_LONGEST_LAST : REPORT_VIEW_BY_PLACE, &n);
	if (!functions)
		return -ENOMEM;
	fprintf(out, "Timer unit: %g s\n", style->unit);
	if (budget_use__explain(&profile->budget, use))
		fprintf(out, "Profiling took %s\n", use);
	fputc('\n', out);
	if (style->details)
		err = report_functions__write(profile, style, out);
	for (size_t i = 0; style->details && i < n; i++)
		put_function(&report, functions[i]);
	for (size_t i = 0; style->summarize && i < n; i++)
		put_summary(&report, functions[i]);
	if (style->summarize && n && profile->n_notes)
		fputc('\n', out);
	put_notes(&report, profile->notes, profile->n_notes);

	free(functions);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_text = {.name = "text", .suffix = ".txt", .write = write_text};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of Python's line_profiler (its show_text), so that whoever or whatever reads those reads
 * these: the same header lines, columns, widths, number formats and blank lines.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "profile_source.h"
#include "report.h"
#include "source.h"

enum column { COLUMN_LINE, COLUMN_HITS, COLUMN_TIME, COLUMN_PER_HIT, COLUMN_PERCENT, N_COLUMNS };

struct column_spec {
	const char *title;
	int width; /* at least; wider when a number needs it */
};

static const struct column_spec columns[N_COLUMNS] = {
	[COLUMN_LINE] = {"Line #", 6},	   [COLUMN_HITS] = {"Hits", 9},	     [COLUMN_TIME] = {"Time", 12},
	[COLUMN_PER_HIT] = {"Per Hit", 8}, [COLUMN_PERCENT] = {"% Time", 8},
};

/* The numbers of one row, as printed. */
struct row {
	char cells[N_COLUMNS][32];
	bool uncertain; /* marked with ~ */
};

struct text_report {
	const struct report_style *style;
	FILE *out;
	/* Functions come sorted by file, so the last file read is mostly the next one wanted. */
	struct source *source; /* NULL when it cannot be read */
	const struct profile_function *source_of;
};

static double seconds(uint64_t ns)
{
	return (double)ns * 1e-9;
}

static void put_text(struct text_report *report, const char *text)
{
	printable__write(text, strlen(text), PRINTABLE_KEEP_TAB, report->out);
}

static void put_notes(struct text_report *report, char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fputs("note: ", report->out);
		put_text(report, notes[i]);
		fputc('\n', report->out);
	}
}

static bool was_hit(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++) {
		if (function->lines[i].hits)
			return true;
	}
	return false;
}

static const struct source *source_for(struct text_report *report, const struct profile_function *function)
{
	const struct profile_function *last = report->source_of;

	if (last && !strcmp(last->file, function->file) && !strcmp(last->root, function->root))
		return report->source;
	source__close(report->source);
	report->source_of = function;
	if (source__open(function->root, function->file, &report->source))
		report->source = NULL;
	return report->source;
}

/* A number with one decimal or, where that is wider than the column, with three digits. */
static void format_amount(char *cell, size_t size, int width, double value)
{
	if (snprintf(cell, size, "%5.1f", value) > width)
		snprintf(cell, size, "%5.3g", value);
}

static void format_row(const struct text_report *report, const struct profile_function *function,
		       const struct profile_line *line, struct row *row)
{
	double scale = 1e-9 / report->style->unit, time = (double)line->time_ns;
	const size_t size = sizeof(row->cells[0]);

	memset(row, 0, sizeof(*row));
	snprintf(row->cells[COLUMN_LINE], size, "%" PRIu32, line->line);
	if (!line->hits)
		return;
	row->uncertain = profile_line__below_resolution(line);
	if (snprintf(row->cells[COLUMN_HITS], size, "%" PRIu64, line->hits) > columns[COLUMN_HITS].width)
		snprintf(row->cells[COLUMN_HITS], size, "%g", (double)line->hits);
	format_amount(row->cells[COLUMN_TIME], size, columns[COLUMN_TIME].width, time * scale);
	format_amount(row->cells[COLUMN_PER_HIT], size, columns[COLUMN_PER_HIT].width,
		      time * scale / (double)line->hits);
	if (function->time_ns)
		snprintf(row->cells[COLUMN_PERCENT], size, "%5.1f", 100.0 * time / (double)function->time_ns);
}

static void fit_columns(const struct text_report *report, const struct profile_function *function, int *widths)
{
	for (int c = 0; c < N_COLUMNS; c++)
		widths[c] = columns[c].width;
	for (size_t i = 0; i < function->n_lines; i++) {
		struct row row;

		format_row(report, function, &function->lines[i], &row);
		for (int c = 0; c < N_COLUMNS; c++) {
			int width = (int)strlen(row.cells[c]);

			if (width > widths[c])
				widths[c] = width;
		}
	}
}

static void put_header(struct text_report *report, const int *widths)
{
	int length = 0;

	for (int c = 0; c < N_COLUMNS; c++)
		length += fprintf(report->out, c ? " %*s" : "%*s", widths[c], columns[c].title);
	length += fprintf(report->out, "  %s\n", "Line Contents") - 1;
	while (length-- > 0)
		fputc('=', report->out);
	fputc('\n', report->out);
}

static void put_row(struct text_report *report, const int *widths, const struct row *row, const struct source *source,
		    uint32_t line)
{
	const char *text = NULL;
	size_t len = 0;

	for (int c = 0; c < N_COLUMNS; c++)
		fprintf(report->out, c ? " %*s" : "%*s", widths[c], row->cells[c]);
	fputs(row->uncertain ? "~ " : "  ", report->out);
	if (source)
		text = source__line(source, line, &len);
	if (text)
		printable__write(text, len, PRINTABLE_KEEP_TAB, report->out);
	fputc('\n', report->out);
}

static uint32_t first_line(const struct profile_function *function)
{
	if (!function->n_lines || (function->line && function->line < function->lines[0].line))
		return function->line;
	return function->lines[0].line;
}

/* The lines from NEXT to LAST, which have no code. */
static void put_plain_rows(struct text_report *report, const struct profile_function *function, const int *widths,
			   const struct source *source, uint32_t next, uint32_t last)
{
	uint32_t n_source_lines = source ? source__n_lines(source) : 0;

	for (; next <= last && next <= n_source_lines; next++) {
		const struct profile_line plain = {.line = next};
		struct row row;

		format_row(report, function, &plain, &row);
		put_row(report, widths, &row, source, next);
	}
}

/*
 * Every line from the function's first to its last, where there is source to show for it;
 * otherwise the lines with code alone.
 */
static void put_rows(struct text_report *report, const struct profile_function *function, const int *widths,
		     const struct source *source)
{
	uint32_t next = first_line(function);
	struct row row;

	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		put_plain_rows(report, function, widths, source, next, line->line - 1);
		format_row(report, function, line, &row);
		put_row(report, widths, &row, source, line->line);
		next = line->line + 1;
	}
	put_plain_rows(report, function, widths, source, next, function->last);
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

static void put_heading(struct text_report *report, const struct profile_function *function, bool have_source)
{
	fprintf(report->out, "Total time: %g s\nFile: ", seconds(function->time_ns));
	put_text(report, function->file);
	fputs("\nFunction: ", report->out);
	put_text(report, function->name);
	fprintf(report->out, " at line %" PRIu32 "\n", first_line(function));
	put_owner(report, &function->owner);
	fputc('\n', report->out);
	if (have_source)
		return;
	fputs("Could not find file ", report->out);
	put_text(report, function->file);
	fputs("\nThe lines are printed without their contents; they appear when the file can be read under that "
	      "name.\n\n",
	      report->out);
}

/* These three print a sentence, if there is one to print, and return whether there was. */
static bool note_wrong_source(struct text_report *report, const struct profile_function *function,
			      const struct source *source)
{
	uint32_t last = function->n_lines ? function->lines[function->n_lines - 1].line : 0;
	uint32_t changed = source ? profile_source__first_change(function, source) : 0;

	if (!source || (last <= source__n_lines(source) && !changed))
		return false;
	if (changed)
		fprintf(report->out,
			"note: line %" PRIu32 " read differently when it was profiled: the file has changed since\n",
			changed);
	else
		fprintf(report->out,
			"note: the program has code on line %" PRIu32 " but the file has %" PRIu32
			" lines: it is not the one the program was built from\n",
			last, source__n_lines(source));
	return true;
}

static bool note_hidden_time(struct text_report *report, const struct profile_function *function)
{
	uint64_t hidden_ns = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		hidden_ns += function->lines[i].hits ? 0 : function->lines[i].time_ns;
	/* What rounds to nothing in the table's own unit is not worth a word. */
	if ((double)hidden_ns * 1e-9 < report->style->unit / 20)
		return false;
	fprintf(report->out, "note: %g s of the total time belong to lines without a hit\n", seconds(hidden_ns));
	return true;
}

/* Less than a hundredth is not worth a word. */
static bool note_off_time(struct text_report *report, const struct profile_function *function)
{
	bool blocked = function->blocked_ns && function->blocked_ns >= function->time_ns / 100;
	bool waiting = function->waiting_ns && function->waiting_ns >= function->time_ns / 100;

	if (blocked)
		fprintf(report->out,
			"note: %.1f %% of its time it was off the processor, asleep or waiting for others\n",
			100.0 * (double)function->blocked_ns / (double)function->time_ns);
	if (waiting)
		fprintf(report->out,
			"note: %.3g s more it waited for a processor, in part because of the probes; that is not in "
			"the "
			"table\n",
			seconds(function->waiting_ns));
	return blocked || waiting;
}

/* What the table cannot show by its own rules, then the function's notes. */
static void put_function_notes(struct text_report *report, const struct profile_function *function,
			       const struct source *source)
{
	bool noted = note_wrong_source(report, function, source);

	noted |= note_hidden_time(report, function);
	noted |= note_off_time(report, function);
	put_notes(report, function->notes, function->n_notes);
	if (noted || function->n_notes)
		fputc('\n', report->out);
}

static void put_function(struct text_report *report, const struct profile_function *function)
{
	const struct source *source = source_for(report, function);
	int widths[N_COLUMNS];

	put_heading(report, function, source);
	fit_columns(report, function, widths);
	put_header(report, widths);
	put_rows(report, function, widths, source);
	fputc('\n', report->out);
	put_function_notes(report, function, source);
}

static void put_summary(struct text_report *report, const struct profile_function *function)
{
	fprintf(report->out, "%6.2f seconds - ", seconds(function->time_ns));
	put_text(report, function->file);
	fprintf(report->out, ":%" PRIu32 " - ", first_line(function));
	put_text(report, function->name);
	fputc('\n', report->out);
}

static int compare_places(const void *a, const void *b)
{
	const struct profile_function *x = *(const struct profile_function *const *)a;
	const struct profile_function *y = *(const struct profile_function *const *)b;
	int order = strcmp(x->file, y->file);

	if (!order)
		order = (x->line > y->line) - (x->line < y->line);
	if (!order)
		order = strcmp(x->name, y->name);
	if (!order)
		order = (x->owner.rank > y->owner.rank) - (x->owner.rank < y->owner.rank);
	if (!order)
		order = (x->owner.pid > y->owner.pid) - (x->owner.pid < y->owner.pid);
	return order ? order : (x->owner.tid > y->owner.tid) - (x->owner.tid < y->owner.tid);
}

static int compare_times(const void *a, const void *b)
{
	const struct profile_function *x = *(const struct profile_function *const *)a;
	const struct profile_function *y = *(const struct profile_function *const *)b;

	if (x->time_ns != y->time_ns)
		return x->time_ns > y->time_ns ? 1 : -1;
	return compare_places(a, b);
}

/* The functions to print in the order to print them. Returns an array owned by the caller, or NULL. */
static const struct profile_function **choose(const struct profile *profile, const struct report_style *style,
					      size_t *n)
{
	const struct profile_function **chosen = calloc(profile->n_functions + 1, sizeof(struct profile_function *));

	*n = 0;
	if (!chosen)
		return NULL;
	for (size_t i = 0; i < profile->n_functions; i++) {
		if (!style->skip_zero || was_hit(&profile->functions[i]))
			chosen[(*n)++] = &profile->functions[i];
	}
	qsort(chosen, *n, sizeof(struct profile_function *), style->sort ? compare_times : compare_places);
	return chosen;
}

static int write_text(const struct profile *profile, const struct report_style *style, FILE *out)
{
	struct text_report report = {.style = style, .out = out};
	const struct profile_function **functions;
	size_t n;

	functions = choose(profile, style, &n);
	if (!functions)
		return -ENOMEM;
	fprintf(out, "Timer unit: %g s\n\n", style->unit);
	for (size_t i = 0; style->details && i < n; i++)
		put_function(&report, functions[i]);
	for (size_t i = 0; style->summarize && i < n; i++)
		put_summary(&report, functions[i]);
	if (style->summarize && n && profile->n_notes)
		fputc('\n', out);
	put_notes(&report, profile->notes, profile->n_notes);

	source__close(report.source);
	free(functions);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_text = {.name = "text", .suffix = ".txt", .write = write_text};

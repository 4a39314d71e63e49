// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report_html_lines.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "profile/rough_count.h"
#include "report/html.h"
#include "report/inexact_hits.h"
#include "report/report_view.h"

enum column {
	COLUMN_LINE,
	COLUMN_HITS,
	COLUMN_TIME,
	COLUMN_PER_HIT,
	COLUMN_PERCENT,
	COLUMN_BLOCKED,
	COLUMN_WAITING,
	N_COLUMNS
};

struct column_spec {
	const char *title;
	bool has_unit;
	bool off_time; /* shown only if the function was off the processor for long enough */
};

/* The source text follows these columns. The style sheet refers to the first five by position, so keep their order. */
static const struct column_spec columns[N_COLUMNS] = {
	[COLUMN_LINE] = {"Line", false, false},	     [COLUMN_HITS] = {"Hits", false, false},
	[COLUMN_TIME] = {"Time", true, false},	     [COLUMN_PER_HIT] = {"Per hit", true, false},
	[COLUMN_PERCENT] = {"% time", false, false}, [COLUMN_BLOCKED] = {"% blocked", false, true},
	[COLUMN_WAITING] = {"Waiting", true, true},
};

#define CELL_SIZE 48

/*
 * A browser lays out a table as a whole, which takes long for one of many rows. Split into several tables, only the
 * parts on the screen need to be laid out.
 */
#define TABLE_ROWS 1000

struct row {
	char cells[N_COLUMNS][CELL_SIZE];
};

struct table {
	FILE *out;
	const struct profile_function *function;
	size_t number;
	double unit;
	const struct report_html_stacks *stacks;
	char unit_name[24];
	int time_decimals, per_hit_decimals;
	bool shown[N_COLUMNS];
	int widths[N_COLUMNS];	       /* in characters */
	uint64_t most_time, most_hits; /* the largest of any line, for which a full bar is drawn */
};

static void name_unit(struct table *table)
{
	static const struct {
		double unit;
		const char *name;
	} known[] = {{1e-9, "ns"}, {1e-6, "\xc2\xb5s"}, {1e-3, "ms"}, {1, "s"}};

	snprintf(table->unit_name, sizeof(table->unit_name), "%g s", table->unit);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (table->unit == known[i].unit)
			snprintf(table->unit_name, sizeof(table->unit_name), "%s", known[i].name);
	}
}

/* The number of decimals, up to 6, that shows a time in units of UNIT with a resolution of RESOLUTION seconds. */
static int decimals_for(double unit, double resolution)
{
	double digits = round(log10(unit / resolution));

	return digits < 0 ? 0 : digits > 6 ? 6 : (int)digits;
}

/* Whether time off the processor is worth a column: less than a hundredth of the function's time is noise. */
static bool matters(uint64_t off_ns, const struct profile_function *function)
{
	return off_ns && off_ns >= function->time_ns / 100;
}

static void prepare(struct table *table)
{
	const struct profile_function *function = table->function;

	name_unit(table);
	table->time_decimals = decimals_for(table->unit, 1e-7);
	table->per_hit_decimals = decimals_for(table->unit, 1e-9);
	for (int c = 0; c < N_COLUMNS; c++)
		table->shown[c] = !columns[c].off_time;
	table->shown[COLUMN_BLOCKED] = matters(function->blocked_ns, function);
	table->shown[COLUMN_WAITING] = matters(function->waiting_ns, function);
	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (profile_function__shows(function, line) && line->time_ns > table->most_time)
			table->most_time = line->time_ns;
		if (line->hits > table->most_hits)
			table->most_hits = line->hits;
	}
}

/* Without the marks, which are not of one byte in HTML. */
static void format_hits(const struct profile_line *line, char cell[CELL_SIZE])
{
	if (line->hits || !line->hits_uncertainty)
		html__count(cell, CELL_SIZE, rough_count__rounded(line->hits, line->hits_uncertainty));
	else
		html__count(cell, CELL_SIZE, rough_count__above(line->hits_uncertainty));
}

static void format_row(const struct table *table, const struct profile_line *line, struct row *row)
{
	double scale = 1e-9 / table->unit, time = (double)line->time_ns;

	memset(row, 0, sizeof(*row));
	snprintf(row->cells[COLUMN_LINE], CELL_SIZE, "%" PRIu32, line->line);
	if (profile_function__knows_hits(table->function, line))
		format_hits(line, row->cells[COLUMN_HITS]);
	if (!profile_function__shows(table->function, line) || !profile_function__knows_time(table->function, line))
		return;
	html__number(row->cells[COLUMN_TIME], CELL_SIZE, time * scale, table->time_decimals);
	if (line->hits)
		html__number(row->cells[COLUMN_PER_HIT], CELL_SIZE, time * scale / (double)line->hits,
			     table->per_hit_decimals);
	if (table->function->time_ns)
		snprintf(row->cells[COLUMN_PERCENT], CELL_SIZE, "%.1f", 100 * time / (double)table->function->time_ns);
	if (line->blocked_ns && line->time_ns)
		snprintf(row->cells[COLUMN_BLOCKED], CELL_SIZE, "%.1f", 100 * (double)line->blocked_ns / time);
	if (line->waiting_ns)
		html__number(row->cells[COLUMN_WAITING], CELL_SIZE, (double)line->waiting_ns * scale,
			     table->time_decimals);
}

/* The width of a title in characters of the numbers' font. The font of titles is narrower, hence the factor. */
static int title_width(const struct table *table, enum column c)
{
	size_t length = strlen(columns[c].title) + (columns[c].has_unit ? strlen(table->unit_name) + 2 : 0);

	return (int)(length * 6 / 7);
}

static void find_widths(struct table *table)
{
	for (int c = 0; c < N_COLUMNS; c++)
		table->widths[c] = title_width(table, c);
	for (size_t i = 0; i < table->function->n_lines; i++) {
		struct row row;

		format_row(table, &table->function->lines[i], &row);
		for (int c = 0; c < N_COLUMNS; c++) {
			int width = (int)strlen(row.cells[c]);

			if (width > table->widths[c])
				table->widths[c] = width;
		}
	}
}

/* Writes the widths of the columns, so that a browser can lay out the first rows without looking at all others. */
static void put_columns(const struct table *table)
{
	fputs("<colgroup>", table->out);
	for (int c = 0; c < N_COLUMNS; c++) {
		/* One more character, for the mark of hits that are not exact, and of uncertain times. */
		if (table->shown[c])
			fprintf(table->out, "<col style=\"width:calc(%dch + 12px)\">", table->widths[c] + 1);
	}
	fputs("<col></colgroup>\n", table->out);
}

static void put_head(const struct table *table)
{
	fputs("<thead><tr>", table->out);
	for (int c = 0; c < N_COLUMNS; c++) {
		if (!table->shown[c])
			continue;
		fprintf(table->out, "<th scope=\"col\">%s", columns[c].title);
		if (columns[c].has_unit)
			fprintf(table->out, " (%s)", table->unit_name);
		fputs("</th>", table->out);
	}
	fputs("<th scope=\"col\">Source</th></tr></thead>\n", table->out);
}

static unsigned int share(uint64_t part, uint64_t whole)
{
	return whole ? (unsigned int)lround(100 * (double)part / (double)whole) : 0;
}

static void put_row_start(const struct table *table, const struct profile_line *line)
{
	unsigned int time = share(line->time_ns, table->most_time), hits = share(line->hits, table->most_hits);

	fputs("<tr id=\"", table->out);
	report_html_lines__put_id(table->out, table->number, line);
	fputc('"', table->out);
	if (profile_function__shows(table->function, line)) {
		fprintf(table->out, " data-time=\"%" PRIu64 "\"", line->time_ns);
		if (line->hits_inexact || line->hits_uncertainty) /* then the cell is no plain number */
			fprintf(table->out, " data-hits=\"%" PRIu64 "\"", line->hits);
		fputs(" style=\"", table->out);
		if (time)
			fprintf(table->out, "--t:%u;", time);
		if (hits)
			fprintf(table->out, "--h:%u", hits);
		fputc('"', table->out);
	}
	fputc('>', table->out);
}

/* Whether the uncertainty is worth showing: it is not if it is below a hundredth of the time. */
static bool is_rough(const struct table *table, const struct profile_line *line)
{
	return profile_function__shows(table->function, line) && line->uncertainty_ns &&
	       line->uncertainty_ns >= line->time_ns / 100;
}

/* Writes hits that are not exact. */
static void put_hits(const struct table *table, const struct profile_line *line, const char *text)
{
	const char *before = line->hits_inexact ? "~" : "", *why = line->hits_inexact ? INEXACT_HITS_MEANING : "";
	char both[sizeof(INEXACT_HITS_MEANING "; ")];

	if (line->hits_uncertainty && !line->hits)
		before = "&lt;";
	fputs("<td", table->out);
	if (line->hits && line->hits_uncertainty) {
		snprintf(both, sizeof(both), "%s%s", why, *why ? "; " : "");
		html__put_interval(table->out, both, line->hits_uncertainty);
	} else if (*why) {
		fprintf(table->out, " title=\"%s\"", why);
	}
	fprintf(table->out, ">%s%s%s</td>", before, text,
		line->hits && line->hits_uncertainty ? HTML_ESTIMATE_MARK : "");
}

static void put_cell(const struct table *table, enum column c, const struct profile_line *line, const char *text)
{
	char uncertainty[CELL_SIZE];

	if (c == COLUMN_HITS && *text && (line->hits_inexact || line->hits_uncertainty)) {
		put_hits(table, line, text);
	} else if (c == COLUMN_TIME && is_rough(table, line)) {
		html__duration(uncertainty, sizeof(uncertainty), line->uncertainty_ns);
		fprintf(table->out, "<td title=\"&plusmn; %s\">%s</td>", uncertainty, text);
	} else if (c == COLUMN_PERCENT && profile_function__shows(table->function, line) &&
		   profile_line__below_resolution(line)) {
		fprintf(table->out, "<td class=\"u\">%s~</td>", text);
	} else {
		fprintf(table->out, "<td>%s</td>", text);
	}
}

static void put_measured(const struct table *table, const struct profile_line *line)
{
	struct row row;

	format_row(table, line, &row);
	put_row_start(table, line);
	fprintf(table->out, "<th scope=\"row\">%" PRIu32 "</th>", line->line);
	for (int c = COLUMN_HITS; c < N_COLUMNS; c++) {
		if (table->shown[c])
			put_cell(table, c, line, row.cells[c]);
	}
}

static void put_plain(const struct table *table, uint32_t line)
{
	int n = 0;

	for (int c = COLUMN_HITS; c < N_COLUMNS; c++)
		n += table->shown[c];
	fprintf(table->out, "<tr><th scope=\"row\">%" PRIu32 "</th><td colspan=\"%d\"></td>", line, n);
}

/* Rows are not separated by line ends, because a browser would keep each as a text node of its own. */
static void put_row(const struct table *table, const struct report_view_row *row)
{
	if (row->measured)
		put_measured(table, row->measured);
	else
		put_plain(table, row->line);
	fputs("<td>", table->out);
	if (row->text)
		html__text(table->out, row->text);
	if (row->measured)
		report_html_stacks__put_calls(table->stacks, table->number - 1, row->measured, table->out);
	fputs("</td></tr>", table->out);
}

static void start_table(const struct table *table, const struct report_view_row *first, uint32_t n)
{
	fprintf(table->out, "<div class=\"wrap\" style=\"--n:%" PRIu32 "\"><table class=\"lines\">\n<caption>Lines of ",
		n);
	html__text(table->out, table->function->name);
	fprintf(table->out, " from %" PRIu32, first->line);
	if (first->file) {
		fputs(" of ", table->out);
		html__text(table->out, profile_function__file(table->function, first->file));
	}
	fputs("</caption>\n", table->out);
	put_columns(table);
	put_head(table);
	fputs("<tbody>", table->out);
}

static void end_table(const struct table *table)
{
	fputs("</tbody></table></div>\n", table->out);
}

void report_html_lines__put_id(FILE *out, size_t number, const struct profile_line *line)
{
	fprintf(out, "f%zu", number);
	if (line->file)
		fprintf(out, "o%" PRIu32, line->file);
	fprintf(out, "l%" PRIu32, line->line);
}

/* Names another file above its tables. */
static void put_file(const struct table *table, uint32_t file)
{
	const struct report_view_missing missing = report_view__missing(table->function, file);
	const char *name = profile_function__file(table->function, file);

	fputs("<h3 class=\"place\">", table->out);
	html__text(table->out, name);
	fputs("</h3>\n", table->out);
	if (!missing.before)
		return;
	fprintf(table->out, "<p class=\"none\">%s", missing.before);
	html__text(table->out, name);
	fprintf(table->out, "%s; the " REPORT_VIEW_WITHOUT_TEXT ".</p>\n", missing.after);
}

/* How many rows come before that of another file than number FILE. */
static uint32_t count_rows(struct report_view_rows rows, uint32_t file)
{
	struct report_view_row row;
	uint32_t n = 0;

	while (report_view__next_row(&rows, &row) && row.file == file)
		n++;
	return n;
}

void report_html_lines__put(FILE *out, const struct profile_function *function, size_t number, double unit,
			    const struct report_html_stacks *stacks)
{
	struct table table = {.out = out, .function = function, .number = number, .unit = unit, .stacks = stacks};
	struct report_view_rows rows = report_view__rows(function);
	uint32_t left = count_rows(rows, 0), in_table = 0, file = 0;
	struct report_view_row row;

	prepare(&table);
	find_widths(&table);
	while (report_view__next_row(&rows, &row)) {
		if (row.file != file) {
			file = row.file;
			left = 1 + count_rows(rows, file);
			put_file(&table, file);
		}
		if (!in_table) {
			in_table = left < TABLE_ROWS ? left : TABLE_ROWS;
			start_table(&table, &row, in_table);
			left -= in_table;
		}
		put_row(&table, &row);
		if (!--in_table)
			end_table(&table);
	}
}

uint32_t report_html_lines__n_rows(const struct profile_function *function)
{
	struct report_view_rows rows = report_view__rows(function);
	struct report_view_row row;
	uint32_t n = 0;

	while (report_view__next_row(&rows, &row))
		n++;
	return n;
}

const struct profile_line *report_html_lines__hottest(const struct profile_function *function)
{
	const struct profile_line *hottest = NULL;

	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (profile_function__shows(function, line) &&
		    (!hottest || line->time_ns > hottest->time_ns ||
		     (line->time_ns == hottest->time_ns && line->hits > hottest->hits)))
			hottest = line;
	}
	return hottest;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that read line_profiler's tables must not take this one for such a table: its rule is of other characters,
 * and no row begins with a whole number.
 *
 * Every number has the digits that it deserves: it ends at the decimal place of its uncertainty's first digit. The
 * numbers of a column are aligned at their decimal points.
 */
#include "report/report_functions.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "profile/ranking.h"
#include "profile/rough_count.h"
#include "report/estimated_hits.h"
#include "report/report_view.h"
#include "terminal/heat.h"

#define MOST_ROWS     20    /* functions whose lines are shown have rows even so, if they are not more than this */
#define LEAST_SHARE   0.005 /* of what is listed, of the time on a processor or of the time waited */
#define WIDEST_NAME   40    /* names that are longer make their own rows longer, not the column wider */
#define FEW_SAMPLES   25    /* with fewer ones, a share of a half is off by a fifth */
#define SHORTEST_NAME 20    /* a narrow terminal does not make names shorter than this */

enum column { COLUMN_OWN, COLUMN_TOTAL, COLUMN_OWN_TIME, COLUMN_TOTAL_TIME, COLUMN_WAITED, COLUMN_CALLS, N_COLUMNS };

static const char *const titles[N_COLUMNS] = {
	[COLUMN_OWN] = "Own",		[COLUMN_TOTAL] = "Total",
	[COLUMN_OWN_TIME] = "Own time", [COLUMN_TOTAL_TIME] = "Total time",
	[COLUMN_WAITED] = "Waited",	[COLUMN_CALLS] = "Calls",
};

static const char name_title[] = "Function";

struct cell {
	char text[32];
	int after; /* characters from the decimal point on; 0: there is none */
};

struct row {
	const struct ranked *function; /* NULL: what is not listed, together */
	struct cell cells[N_COLUMNS];
	char *name, *place; /* safe to print; owned */
};

struct table {
	const struct profile *profile;
	const struct report_style *style;
	FILE *out;
	struct ranking ranking;
	struct row *rows;
	size_t n;
	bool shown[N_COLUMNS];
	int widths[N_COLUMNS], after[N_COLUMNS];
	int name_width;
};

static double seconds(uint64_t ns)
{
	return (double)ns * 1e-9;
}

/* The number of decimals after which digits say nothing, for numbers that are off by UNCERTAINTY. */
static int decimals_for(double uncertainty, int most)
{
	/* What rounds up to the next power of ten has its first digit there. */
	double place = uncertainty > 0 ? floor(log10(uncertainty * (10 / 9.5))) : -most;

	return place >= 0 ? 0 : (int)fmin(-place, most);
}

static void set_number(struct cell *cell, double value, double uncertainty, int most, const char *unit)
{
	int decimals = decimals_for(uncertainty, most);

	snprintf(cell->text, sizeof(cell->text), "%.*f%s", decimals, value, unit);
	cell->after = decimals ? decimals + 1 : 0;
}

static void set_share(struct cell *cell, double share, double uncertainty)
{
	set_number(cell, 100 * share, 100 * uncertainty, 3, "%");
}

static void set_seconds(struct cell *cell, uint64_t ns, double uncertainty)
{
	set_number(cell, seconds(ns), uncertainty, 6, " s");
}

/* The mark stands where other numbers have their decimal point, so that the digits are aligned. */
static void set_calls(const struct table *table, const struct ranked *function, struct cell *cell)
{
	const char *mark = function->calls_uncertainty ? report_view__mark(table->style) : "";

	snprintf(cell->text, sizeof(cell->text), "%" PRIu64 "%s",
		 rough_count__rounded(function->calls, function->calls_uncertainty), mark);
	cell->after = *mark != '\0';
}

/* What no sample fell on has no number, instead of a 0 that would be exact. */
static void set_cells(const struct table *table, struct row *row)
{
	const struct ranked *function = row->function;
	const struct stack_times *times = &function->times;
	double whole = seconds(table->ranking.total.cpu_ns);

	if (times->own_cpu_ns) {
		set_share(&row->cells[COLUMN_OWN], function->own_share, function->own_uncertainty);
		set_seconds(&row->cells[COLUMN_OWN_TIME], times->own_cpu_ns, whole * function->own_uncertainty);
	}
	if (times->cpu_ns) {
		set_share(&row->cells[COLUMN_TOTAL], function->share, function->uncertainty);
		set_seconds(&row->cells[COLUMN_TOTAL_TIME], times->cpu_ns, whole * function->uncertainty);
	}
	if (times->blocked_ns)
		set_seconds(&row->cells[COLUMN_WAITED], times->blocked_ns, 1e-3);
	if (function->counted)
		set_calls(table, function, &row->cells[COLUMN_CALLS]);
}

/* Whether the lines of FUNCTION are shown below. */
static bool has_lines(const struct table *table, const struct ranked *function)
{
	return function->profiled && (!table->style->skip_zero || profile_function__may_be_hit(function->profiled));
}

/* Whether there are few enough functions with lines that each of them has a row. */
static bool lists_all_lines(const struct table *table)
{
	size_t n = 0;

	for (size_t i = 0; i < table->ranking.n; i++)
		n += has_lines(table, &table->ranking.functions[i]);
	return n <= MOST_ROWS;
}

static bool matters(const struct table *table, const struct ranked *function)
{
	return function->own_share >= LEAST_SHARE ||
	       (double)function->times.own_blocked_ns > LEAST_SHARE * (double)table->ranking.total.own_blocked_ns;
}

/* FILE:LINE, or the object where the file is not known. BASE: without directories. NULL when out of memory. */
static char *name_place(const struct stack_function *function, bool base)
{
	const char *path = *function->file ? function->file : function->object;
	const char *slash = base ? strrchr(path, '/') : NULL;
	char *place = NULL, *safe;
	int printed;

	path = slash ? slash + 1 : path;
	if (*function->file && function->line)
		printed = asprintf(&place, "%s:%" PRIu32, path, function->line);
	else
		printed = asprintf(&place, "%s", path);
	safe = printed < 0 ? NULL : printable__string(place, PRINTABLE_KEEP_TAB);
	if (printed >= 0)
		free(place);
	return safe;
}

static int add_row(struct table *table, const struct ranked *function)
{
	struct row *row = &table->rows[table->n++];

	row->function = function;
	set_cells(table, row);
	row->name = printable__string(function->function->name, PRINTABLE_KEEP_TAB);
	row->place = name_place(function->function, false);
	return row->name && row->place ? 0 : -ENOMEM;
}

/* Adds the row of what is not listed. The total times of several functions are no sum: they may be the same time. */
static int add_others(struct table *table, const struct ranked *others, size_t n)
{
	struct row *row = &table->rows[table->n++];
	double uncertainty = ranking__uncertainty(&table->ranking, others->own_share);

	if (others->times.own_cpu_ns) {
		set_share(&row->cells[COLUMN_OWN], others->own_share, uncertainty);
		set_seconds(&row->cells[COLUMN_OWN_TIME], others->times.own_cpu_ns,
			    seconds(table->ranking.total.cpu_ns) * uncertainty);
	}
	row->place = strdup("");
	return asprintf(&row->name, "%zu other%s", n, n == 1 ? "" : "s") < 0 || !row->place ? -ENOMEM : 0;
}

static int fill_rows(struct table *table)
{
	struct ranked others = {.own_share = 0};
	bool all_lines = lists_all_lines(table);
	size_t n_others = 0;
	int err = 0;

	table->rows = calloc(table->ranking.n + 1, sizeof(*table->rows));
	if (!table->rows)
		return -ENOMEM;
	for (size_t i = 0; !err && i < table->ranking.n; i++) {
		const struct ranked *function = &table->ranking.functions[i];

		if ((all_lines && has_lines(table, function)) || (table->n < MOST_ROWS && matters(table, function))) {
			err = add_row(table, function);
			continue;
		}
		n_others++;
		others.own_share += function->own_share;
		others.times.own_cpu_ns += function->times.own_cpu_ns;
	}
	return !err && n_others ? add_others(table, &others, n_others) : err;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

static void fit_columns(struct table *table)
{
	for (int c = 0; c < N_COLUMNS; c++) {
		int before = 0;

		for (size_t i = 0; i < table->n; i++) {
			const struct cell *cell = &table->rows[i].cells[c];
			int length = utf8__length(cell->text);

			table->shown[c] |= length > 0;
			table->after[c] = max(table->after[c], cell->after);
			before = max(before, length - cell->after);
		}
		table->widths[c] = max(before + table->after[c], (int)strlen(titles[c]));
	}
}

/* The number of columns that the numbers take, and the mark before them and the blanks behind them. */
static int width_of_numbers(const struct table *table)
{
	int width = 2;

	for (int c = 0; c < N_COLUMNS; c++)
		width += table->shown[c] ? table->widths[c] + 2 : 0;
	return width;
}

/* Cuts the middle out of NAME, which is then ROOM characters long. */
static void shorten(char *name, int room)
{
	static const char gap[] = "...";
	const int n_gap = sizeof(gap) - 1, width = utf8__length(name);
	const int head = (room - n_gap + 1) / 2, tail = room - n_gap - head;
	char *to, *from;
	int at = 0;

	if (width <= room)
		return;
	for (to = name; at < head || utf8__continues(*to); to++)
		at += !utf8__continues(to[1]);
	for (from = to; at < width - tail || utf8__continues(*from); from++)
		at += !utf8__continues(from[1]);
	memcpy(to, gap, (size_t)n_gap);
	memmove(to + n_gap, from, strlen(from) + 1);
}

static int widest_place(const struct table *table)
{
	int widest = 0;

	for (size_t i = 0; i < table->n; i++)
		widest = max(widest, utf8__length(table->rows[i].place));
	return widest;
}

static int drop_directories(struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		struct row *row = &table->rows[i];
		char *base = row->function ? name_place(row->function->function, true) : NULL;

		if (row->function && !base)
			return -ENOMEM;
		if (!base)
			continue;
		free(row->place);
		row->place = base;
	}
	return 0;
}

/*
 * Sets how wide the column of names is. Where a terminal is too narrow for the table, directories are left out and then
 * the middles of long names.
 */
static int fit_names(struct table *table)
{
	int room = table->style->columns - width_of_numbers(table) - 2, widest = 0, err = 0;

	for (size_t i = 0; i < table->n; i++)
		widest = max(widest, utf8__length(table->rows[i].name));
	table->name_width = max(widest < WIDEST_NAME ? widest : WIDEST_NAME, (int)strlen(name_title));
	if (!table->style->columns || widest + widest_place(table) <= room)
		return 0;
	if (table->name_width + widest_place(table) > room)
		err = drop_directories(table);
	room = max(room - widest_place(table), SHORTEST_NAME);
	for (size_t i = 0; !err && i < table->n; i++)
		shorten(table->rows[i].name, room);
	if (table->name_width > room)
		table->name_width = room;
	return err;
}

static void put_color(const struct table *table, const char *sequence)
{
	if (table->style->color)
		fputs(sequence, table->out);
}

/* Writes seconds with three significant digits, but whole ones with all of theirs. */
static void put_seconds(const struct table *table, double s)
{
	fprintf(table->out, s < 100 ? "%.3g s" : "%.0f s", s);
}

static void put_blanks(const struct table *table, int n)
{
	fprintf(table->out, "%*s", n > 0 ? n : 0, "");
}

/* Says how busy the program was: SHARE is its time on processors in terms of the run's. */
static void put_processors(const struct table *table, double share)
{
	if (share < 1)
		fprintf(table->out, ", that is %.2g %% of one processor", 100 * share);
	else
		fprintf(table->out, ", that is %.3g processors", share);
}

/* Says how much was sampled. */
static void put_heading(const struct table *table)
{
	const struct stacks *stacks = table->profile->stacks;
	const struct stack_times *total = &table->ranking.total;
	double duration = seconds(table->profile->duration_ns);

	fprintf(table->out, "Sampled %" PRIu64 " time%s", total->own_samples, total->own_samples == 1 ? "" : "s");
	if (stacks->period_ns)
		fprintf(table->out, ", each processor about %.0f times a second", 1 / seconds(stacks->period_ns));
	if (duration > 0) {
		fputs(", in ", table->out);
		put_seconds(table, duration);
	}
	if (stacks->unprobed_ns && stacks->unprobed_ns < table->profile->duration_ns) {
		fputs(", of which the first ", table->out);
		put_seconds(table, seconds(stacks->unprobed_ns));
		fputs(" without probes", table->out);
	}
	fputs(". The program took ", table->out);
	put_seconds(table, seconds(total->cpu_ns));
	fputs(" of processor time", table->out);
	if (duration > 0)
		put_processors(table, seconds(total->cpu_ns) / duration);
	fputs(".\n\n", table->out);
}

static void put_titles(const struct table *table)
{
	int length = width_of_numbers(table) + table->name_width + 2;

	put_color(table, HEAT_BOLD);
	fputs("  ", table->out);
	for (int c = 0; c < N_COLUMNS; c++)
		if (table->shown[c])
			fprintf(table->out, "%*s  ", table->widths[c], titles[c]);
	fprintf(table->out, "%-*s  %s", table->name_width, name_title, "Place");
	put_color(table, HEAT_END);
	fputc('\n', table->out);
	for (length += (int)strlen("Place"); length > 0; length--)
		fputc('-', table->out);
	fputc('\n', table->out);
}

static void put_cell(const struct table *table, const struct row *row, int c)
{
	const struct cell *cell = &row->cells[c];
	int right = table->after[c] - cell->after;
	bool hot = row->function && (c == COLUMN_OWN || c == COLUMN_OWN_TIME);
	enum heat heat = hot ? heat__of(row->function->times.own_cpu_ns, table->ranking.total.cpu_ns) : HEAT_NONE;

	put_blanks(table, table->widths[c] - right - utf8__length(cell->text));
	if (heat)
		put_color(table, heat__begin(heat));
	fputs(cell->text, table->out);
	if (heat)
		put_color(table, HEAT_END);
	put_blanks(table, right + 2);
}

static void put_row(const struct table *table, const struct row *row)
{
	bool marked = row->function && has_lines(table, row->function);

	fputs(marked ? "* " : "  ", table->out);
	for (int c = 0; c < N_COLUMNS; c++)
		if (table->shown[c])
			put_cell(table, row, c);
	fputs(row->name, table->out);
	if (*row->place) {
		put_blanks(table, max(table->name_width - utf8__length(row->name), 0) + 2);
		fputs(row->place, table->out);
	}
	fputc('\n', table->out);
}

static void put_uncertainty(const struct table *table)
{
	static const double shares[] = {0.5, 0.1, 0.01};
	const uint64_t n = table->ranking.cpu_samples;

	if (n < FEW_SAMPLES) {
		fprintf(table->out,
			"note: %" PRIu64 " sample%s on a processor: too few to tell shares; profile for longer\n", n,
			n == 1 ? "" : "s");
		return;
	}
	fprintf(table->out, "note: with %" PRIu64 " samples", n);
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		double points = 100 * ranking__uncertainty(&table->ranking, shares[i]);

		fprintf(table->out,
			i ? ", one of %g %% within %.*f"
			  : ", a share of %g %% is within %.*f percentage points of the truth",
			100 * shares[i], decimals_for(points, 3), points);
	}
	fputs(" (two standard deviations)\n", table->out);
}

static void put_flaws(const struct table *table)
{
	struct report_view_sentences sentences = {.n = 0};

	report_view__say_flaws(table->profile->stacks, &sentences);
	for (size_t i = 0; i < sentences.n; i++)
		fprintf(table->out, "note: %s\n", sentences.text[i]);
}

/*
 * The function of row I, if it is the first one of its object's that has no debug information; otherwise NULL. Sets
 * *share to the own time of all of these.
 */
static const struct stack_function *first_of_bare_object(const struct table *table, size_t i, double *share)
{
	const struct ranked *function = table->rows[i].function;

	*share = 0;
	if (!function || !ranked__lacks_debug_information(function))
		return NULL;
	for (size_t k = 0; k < table->n; k++) {
		const struct ranked *other = table->rows[k].function;

		if (!other || !ranked__lacks_debug_information(other) ||
		    strcmp(other->function->object, function->function->object) != 0)
			continue;
		if (k < i)
			return NULL;
		*share += other->own_share;
	}
	return function->function;
}

/* Names each object of which a listed function has no debug information, and says once how to get it. */
static void put_bare_objects(const struct table *table)
{
	bool any = false;
	double share;

	for (size_t i = 0; i < table->n; i++) {
		const struct stack_function *function = first_of_bare_object(table, i, &share);

		if (!function)
			continue;
		fputs("note: functions of ", table->out);
		printable__write(function->object, strlen(function->object), PRINTABLE_KEEP_TAB, table->out);
		fprintf(table->out, " that take %.*f %% of the time have no debug information; its build ID: ",
			decimals_for(100 * ranking__uncertainty(&table->ranking, share), 3), 100 * share);
		printable__print(table->out, "%s", *function->build_id ? function->build_id : "none");
		fputc('\n', table->out);
		any = true;
	}
	if (any)
		fputs("note: to see their lines, install the distribution's -dbgsym package, or build with -g, or put "
		      "what "
		      "`debuginfod-find debuginfo BUILD_ID` finds into /usr/lib/debug/.build-id as XX/REST.debug, "
		      "where "
		      "XX are the first two digits of the build ID\n",
		      table->out);
}

/* Whether functions were counted that the user chose: then probes were there from the beginning. */
static bool has_chosen_functions(const struct profile *profile)
{
	bool counted = false;

	for (size_t i = 0; i < profile->n_functions; i++)
		counted |= !profile->functions[i].uncounted && profile->functions[i].calls;
	return counted && !profile->stacks->unprobed_ns;
}

static void put_notes(const struct table *table)
{
	bool marked = false, estimated = false;

	for (size_t i = 0; i < table->n; i++) {
		const struct ranked *function = table->rows[i].function;

		marked |= function && has_lines(table, function);
		estimated |= function && function->counted && function->calls_uncertainty;
	}
	fputc('\n', table->out);
	if (marked)
		fputs("note: * before a function: its lines are below\n", table->out);
	if (estimated)
		fprintf(table->out,
			"note: %s behind calls: estimated from counting now and then; " ESTIMATED_HITS_ADVICE "\n",
			report_view__mark(table->style));
	put_uncertainty(table);
	put_flaws(table);
	if (!has_chosen_functions(table->profile)) /* else the user does not look for functions to see the lines of */
		put_bare_objects(table);
	fputc('\n', table->out);
}

static void release(struct table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		free(table->rows[i].name);
		free(table->rows[i].place);
	}
	free(table->rows);
	ranking__release(&table->ranking);
}

/*
 * Whether the table would say nothing that the tables of lines do not say better: they have the functions that the user
 * chose, and the samples are too few to tell shares.
 */
static bool is_idle(const struct table *table)
{
	return has_chosen_functions(table->profile) && table->ranking.total.own_samples < FEW_SAMPLES;
}

int report_functions__write(const struct profile *profile, const struct report_style *style, FILE *out)
{
	struct table table = {.profile = profile, .style = style, .out = out};
	int err = ranking__make(profile, &table.ranking);

	if (!err)
		err = fill_rows(&table);
	if (!err) {
		fit_columns(&table);
		err = fit_names(&table);
	}
	if (!err && table.n && !is_idle(&table)) {
		put_heading(&table);
		put_titles(&table);
		for (size_t i = 0; i < table.n; i++)
			put_row(&table, &table.rows[i]);
		put_notes(&table);
	}
	release(&table);
	return err;
}

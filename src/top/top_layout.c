// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: the view has to be readable on terminals of any size.
 *
 * Method: from top to bottom, the screen shows one row about the state of the run, a table of the functions, a table
 * of the lines of the chosen function, and one row with the keys. top_model.c decides how many rows each table gets.
 * Each column of a table states the smallest width of the screen at which it is shown; columns that matter less need a
 * wider screen, so that function names and source text always have some room. Drawing only reads the model.
 */
#include "top/top_layout.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "profile/rough_count.h"
#include "report/budget_use.h"
#include "top/top_keys.h"
#include "top/top_number.h"

#define MOST_SOURCE 4096 /* bytes of a line that are shown at most */
#define NARROW	    60	 /* with fewer columns for the source, tabs are 4 wide instead of 8 */

#define NEVER INT_MAX /* a column that is not shown at any width */

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

enum { CELL_SIZE = TOP_NUMBER_SIZE, COUNT_WIDTH = 9 };

struct drawing {
	const struct top_model *model;
	double unit;
	struct cells *cells;
	uint64_t total_ns; /* time of all functions */
	const char *mark;  /* behind an estimate; NULL: there are none */
};

/* Draws on one row from left to right. */
struct pen {
	struct cells *cells;
	int row, col;
};

static void put(struct pen *pen, unsigned ink, const char *text)
{
	const struct cells_place place = {.row = pen->row, .col = pen->col, .end = pen->cells->cols, .ink = ink};

	pen->col = cells__put(pen->cells, &place, text);
}

/* Puts a text that comes from the target, made printable. */
static void put_foreign(struct pen *pen, unsigned ink, const char *text)
{
	char *safe = printable__string(text, PRINTABLE_KEEP_TAB);

	if (safe)
		put(pen, ink, safe);
	free(safe);
}

static void put_right(struct pen *pen, unsigned ink, int width, const char *text)
{
	char padded[2 * CELL_SIZE];

	snprintf(padded, sizeof(padded), "%*s%s", width - utf8__length(text), "", text);
	put(pen, ink, padded);
}

struct function_column {
	const char *title;
	int width;
	int cols;	  /* smallest width of the screen at which the column is shown */
	int sampled_cols; /* the same when there are shares in samples as well; in columns of these: only then */
	bool hot;	  /* coloured according to the function's share of the time */
	/* One of these is set: what was counted and timed, and what was sampled. */
	void (*format)(const struct drawing *drawing, const struct top_function *function, int width, char *cell);
	void (*format_sampled)(const struct ranked *ranked, char *cell);
};

static void sampled_own(const struct ranked *ranked, char *cell)
{
	snprintf(cell, CELL_SIZE, "%.1f", 100 * ranked->own_share);
}

static void sampled_total(const struct ranked *ranked, char *cell)
{
	snprintf(cell, CELL_SIZE, "%.1f", 100 * ranked->share);
}

static void function_time(const struct drawing *drawing, const struct top_function *function, int width, char *cell)
{
	(void)drawing;
	top_number__seconds(cell, width, function->total.time_ns);
}

static void function_percent(const struct drawing *drawing, const struct top_function *function, int width, char *cell)
{
	(void)width;
	top_number__percent(cell, function->total.time_ns, drawing->total_ns);
}

static void function_calls(const struct drawing *drawing, const struct top_function *function, int width, char *cell)
{
	if (!function->of->uncounted)
		top_number__estimate(cell, drawing->mark, width, function->total.calls, function->total.calls_doubt);
}

static void function_hits(const struct drawing *drawing, const struct top_function *function, int width, char *cell)
{
	if (!function->of->uncounted)
		top_number__estimate(cell, drawing->mark, width, function->total.hits, function->total.hits_doubt);
}

static void function_latest_time(const struct drawing *drawing, const struct top_function *function, int width,
				 char *cell)
{
	(void)drawing;
	top_number__seconds(cell, width, function->latest.time_ns);
}

static void function_latest_calls(const struct drawing *drawing, const struct top_function *function, int width,
				  char *cell)
{
	if (!function->of->uncounted)
		top_number__estimate(cell, drawing->mark, width, function->latest.calls, function->latest.calls_doubt);
}

static void function_latest_hits(const struct drawing *drawing, const struct top_function *function, int width,
				 char *cell)
{
	if (!function->of->uncounted)
		top_number__estimate(cell, drawing->mark, width, function->latest.hits, function->latest.hits_doubt);
}

static const struct function_column function_columns[] = {
	{"Own %", 6, NEVER, 0, true, .format_sampled = sampled_own},
	{"Total %", 7, NEVER, 40, false, .format_sampled = sampled_total},
	{"Time s", 9, 0, 50, true, .format = function_time},
	{"% Time", 6, 40, 140, true, .format = function_percent},
	{"Calls", 9, 70, 70, false, .format = function_calls},
	{"Hits", 9, 50, 80, false, .format = function_hits},
	{"+Time", 7, 60, 90, false, .format = function_latest_time},
	{"+Calls", 8, 100, 120, false, .format = function_latest_calls},
	{"+Hits", 8, 80, 110, false, .format = function_latest_hits},
};

/* Whether the screen has room for COLUMN. */
static bool has_column(const struct drawing *drawing, const struct function_column *column)
{
	bool sampled = drawing->model->sampled.ranking.n;

	return drawing->cells->cols >= (sampled ? column->sampled_cols : column->cols);
}

struct line_column {
	const char *title;
	int width;
	int cols;
	bool hot; /* coloured according to the line's share of the time */
	void (*format)(const struct drawing *drawing, const struct top_line *line, int width, char *cell);
};

/* Whether the hits of LINE of the chosen function are known, see profile_function__knows_hits(). */
static bool knows_hits(const struct drawing *drawing, const struct top_line *line)
{
	const struct profile_function *function = top_model__chosen(drawing->model)->of;

	return !function->uncounted && (!function->estimated || line->hits_inexact || line->total.hits ||
					line->total.hits_doubt || !line->total.time_ns);
}

static void line_hits(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	char count[CELL_SIZE];

	if (!knows_hits(drawing, line))
		return;
	top_number__estimate(count, drawing->mark, width - line->hits_inexact, line->total.hits,
			     line->total.hits_doubt);
	snprintf(cell, CELL_SIZE, "%s%.*s", line->hits_inexact ? "~" : "", CELL_SIZE - 2, count);
}

static void line_time(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	top_number__amount(cell, width, (double)line->total.time_ns * 1e-9 / drawing->unit);
}

static void line_per_hit(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	if (line->total.hits)
		top_number__amount(cell, width,
				   (double)line->total.time_ns * 1e-9 / drawing->unit / (double)line->total.hits);
}

static void line_percent(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	(void)width;
	top_number__percent(cell, line->total.time_ns, top_model__chosen(drawing->model)->total.time_ns);
}

static void line_latest_hits(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	if (knows_hits(drawing, line))
		top_number__estimate(cell, drawing->mark, width, line->latest.hits, line->latest.hits_doubt);
}

static void line_latest_percent(const struct drawing *drawing, const struct top_line *line, int width, char *cell)
{
	(void)width;
	top_number__percent(cell, line->latest.time_ns, top_model__chosen(drawing->model)->latest.time_ns);
}

static const struct line_column line_columns[] = {
	{"Hits", 9, 0, false, line_hits},	    {"Time", 10, 40, true, line_time},
	{"Per Hit", 8, 70, false, line_per_hit},    {"+Hits", 8, 110, false, line_latest_hits},
	{"+%", 5, 100, false, line_latest_percent}, {"% Time", 6, 0, true, line_percent},
};

/* Writes how much of the target's time profiling has taken since the base (the last reset). */
static void put_cost(struct pen *pen, const struct profile *now, const struct profile *base)
{
	uint64_t probes_ns = now->probe.overhead_ns - (base ? base->probe.overhead_ns : 0);
	uint64_t target_ns = now->probe.target_ns - (base ? base->probe.target_ns : 0);
	char text[64], use[BUDGET_USE_ROOM];

	if (budget_use__format_short(&now->budget, base ? &base->budget : NULL, use)) {
		put(pen, INK_FAINT, "  profiling takes ");
		put(pen, INK_FAINT, use);
		return;
	}
	if (!target_ns || now->probe.overhead_ns < (base ? base->probe.overhead_ns : 0))
		return;
	snprintf(text, sizeof(text), "  probing takes %.0f %% of the target's time",
		 100 * (double)probes_ns / (double)target_ns);
	put(pen, INK_FAINT, text);
}

static void draw_state(const struct drawing *drawing, int row)
{
	static const char *const sorts[TOP_SORTS] = {"time", "latest time", "calls", "hits", "name", "file"};
	const struct profile *now = drawing->model->now, *base = drawing->model->base;
	struct pen pen = {drawing->cells, row, 0};
	char text[96];

	put(&pen, INK_BOLD, "lprof-bpf");
	if (!now)
		return;
	if (drawing->model->paused)
		put(&pen, INK_REVERSE, " PAUSED ");
	snprintf(text, sizeof(text), "  %" PRIu64 " s%s",
		 (now->duration_ns - (base ? base->duration_ns : 0)) / 1000000000, base ? " since reset" : "");
	put(&pen, 0, text);
	put_cost(&pen, now, base);
	put(&pen, 0, "  functions by ");
	put(&pen, 0, sorts[drawing->model->sort]);
}

static void draw_function_titles(const struct drawing *drawing, int row)
{
	struct pen pen = {drawing->cells, row, 0};

	for (size_t c = 0; c < N_OF(function_columns); c++) {
		if (!has_column(drawing, &function_columns[c]))
			continue;
		put_right(&pen, 0, function_columns[c].width, function_columns[c].title);
		put(&pen, 0, " ");
	}
	put(&pen, 0, " Function");
	cells__ink_row(drawing->cells, row, INK_BOLD);
}

static void put_owner(struct pen *pen, const struct profile_owner *owner)
{
	char text[64];

	if (!owner->pid)
		return;
	snprintf(text, sizeof(text), owner->tid ? " [thread %d, " : " [process %d, ",
		 owner->tid ? owner->tid : owner->pid);
	put(pen, 0, text);
	put_foreign(pen, 0, owner->comm);
	put(pen, 0, "]");
}

/* Writes the numbers of FUNCTION and of RANKED. Either may be NULL. */
static void put_function_numbers(const struct drawing *drawing, struct pen *pen, const struct top_function *function,
				 const struct ranked *ranked, unsigned heat)
{
	for (size_t c = 0; c < N_OF(function_columns); c++) {
		const struct function_column *column = &function_columns[c];
		char cell[CELL_SIZE] = "";

		if (!has_column(drawing, column))
			continue;
		if (column->format && function)
			column->format(drawing, function, column->width, cell);
		else if (column->format_sampled && ranked)
			column->format_sampled(ranked, cell);
		put_right(pen, column->hot ? heat : 0, column->width, cell);
		put(pen, 0, " ");
	}
	put(pen, 0, " ");
}

/* Writes where FUNCTION is, if its name does not tell, or the functions are sorted by that. */
static void put_function_place(const struct drawing *drawing, struct pen *pen, const struct top_function *function)
{
	const struct top_model *model = drawing->model;
	const char *slash = strrchr(function->of->file, '/');
	char line[32];

	if (model->sort != TOP_BY_FILE && !top_functions__share_name(model->functions, model->n_functions, function))
		return;
	put(pen, 0, "  ");
	put_foreign(pen, INK_FAINT, slash ? slash + 1 : function->of->file);
	snprintf(line, sizeof(line), ":%" PRIu32, function->of->line);
	put(pen, INK_FAINT, line);
}

static void draw_function(const struct drawing *drawing, int row, const struct top_function *function)
{
	struct pen pen = {drawing->cells, row, 0};

	put_function_numbers(drawing, &pen, function, top_sampled__of(&drawing->model->sampled, function->of),
			     heat__of(function->total.time_ns, drawing->total_ns));
	put_foreign(&pen, 0, function->of->name);
	put_function_place(drawing, &pen, function);
	put_owner(&pen, &function->of->owner);
	if (function == top_model__chosen(drawing->model))
		cells__ink_row(drawing->cells, row, INK_REVERSE);
}

/* Draws a function that is known from samples alone. */
static void draw_sampled(const struct drawing *drawing, int row, const struct ranked *ranked)
{
	const struct stack_function *function = ranked->function;
	struct pen pen = {drawing->cells, row, 0};

	put_function_numbers(drawing, &pen, NULL, ranked,
			     heat__of(ranked->times.own_cpu_ns, drawing->model->sampled.ranking.total.cpu_ns));
	put_foreign(&pen, 0, function->name);
	put(&pen, 0, "  ");
	put_foreign(&pen, INK_FAINT, *function->file ? function->file : function->object);
}

static void draw_functions(const struct drawing *drawing, int row, size_t rows)
{
	const struct top_model *model = drawing->model;

	for (size_t i = model->first_function; i < model->first_function + rows; i++, row++) {
		if (i < model->n_functions)
			draw_function(drawing, row, &model->functions[i]);
		else if (i - model->n_functions < model->sampled.n_others)
			draw_sampled(drawing, row, model->sampled.others[i - model->n_functions]);
	}
}

/* Says between what the estimated hits of the line are that the cursor is on. */
static void put_bounds(const struct drawing *drawing, struct pen *pen)
{
	const struct top_model *model = drawing->model;
	const struct top_line *line = NULL;
	char text[96], low[CELL_SIZE], high[CELL_SIZE];
	uint64_t hits, doubt;

	if (model->cursor < model->n_listed)
		line = top_function__line(top_model__chosen(model), model->listed[model->cursor]);
	if (!line || !line->total.hits || !line->total.hits_doubt)
		return;
	hits = line->total.hits;
	doubt = line->total.hits_doubt;
	top_number__count(low, COUNT_WIDTH, rough_count__rounded(hits > doubt ? hits - doubt : 0, doubt));
	top_number__count(high, COUNT_WIDTH, rough_count__rounded(hits + doubt, doubt));
	snprintf(text, sizeof(text), "  line %" PRIu32 ": %s to %s hits", (uint32_t)line->place, low, high);
	put(pen, 0, text);
}

static void draw_place(const struct drawing *drawing, int row)
{
	static const char *const orders[TOP_ORDERS] = {"", "  lines by time", "  lines by hits"};
	const struct top_function *function = top_model__chosen(drawing->model);
	struct pen pen = {drawing->cells, row, 0};
	char line[32];

	if (!function && drawing->model->sampled.n_others)
		put(&pen, INK_FAINT, "Functions by samples; the lines of those that take most time will follow.");
	if (!function)
		return;
	put_foreign(&pen, INK_BOLD, function->of->name);
	put(&pen, 0, orders[drawing->model->order]);
	put_bounds(drawing, &pen);
	put(&pen, 0, drawing->model->sources.own ? "  " : "  cannot read ");
	put_foreign(&pen, INK_FAINT, function->of->file);
	snprintf(line, sizeof(line), ":%" PRIu32, function->of->line);
	put(&pen, INK_FAINT, line);
}

static void draw_line_titles(const struct drawing *drawing, int row)
{
	struct pen pen = {drawing->cells, row, 0};

	put(&pen, 0, "Line #");
	for (size_t c = 0; c < N_OF(line_columns); c++) {
		if (drawing->cells->cols < line_columns[c].cols)
			continue;
		put(&pen, 0, " ");
		put_right(&pen, 0, line_columns[c].width, line_columns[c].title);
	}
	put(&pen, 0, "      Line Contents");
	cells__ink_row(drawing->cells, row, INK_BOLD);
}

/* Lines of other files than the function's begin with the name of the file. */
static void put_file(const struct top_function *function, struct pen *pen, uint32_t file)
{
	const char *name = profile_function__file(function->of, file), *slash = strrchr(name, '/');

	put_foreign(pen, INK_FAINT, slash ? slash + 1 : name);
	put(pen, INK_FAINT, ": ");
}

static void put_source(const struct drawing *drawing, struct pen *pen, uint64_t place_of_line)
{
	const struct source *source = top_sources__of(&drawing->model->sources, (uint32_t)(place_of_line >> 32));
	struct cells_place place = {.row = pen->row, .col = pen->col, .end = pen->cells->cols};
	char *safe = NULL;
	const char *text = NULL;
	size_t len = 0, size;
	FILE *out;

	if (source)
		text = source__line(source, (uint32_t)place_of_line, &len);
	out = text ? open_memstream(&safe, &size) : NULL;
	if (!out)
		return;
	printable__write(text, len < MOST_SOURCE ? len : MOST_SOURCE, PRINTABLE_KEEP_TAB, out);
	place.tab = place.end - place.col < NARROW ? 4 : 8;
	place.skip = drawing->model->skip;
	if (!fclose(out))
		cells__put(drawing->cells, &place, safe);
	free(safe);
}

static void put_line_numbers(const struct drawing *drawing, struct pen *pen, const struct top_line *line, unsigned heat)
{
	const struct top_function *function = top_model__chosen(drawing->model);

	for (size_t c = 0; c < N_OF(line_columns); c++) {
		const struct line_column *column = &line_columns[c];
		char cell[CELL_SIZE] = "";

		if (drawing->cells->cols < column->cols)
			continue;
		if (line && top_function__shows(function, line))
			column->format(drawing, line, column->width, cell);
		put(pen, 0, " ");
		put_right(pen, column->hot ? heat : 0, column->width, cell);
	}
}

static void draw_line(const struct drawing *drawing, int row, size_t i)
{
	const struct top_function *function = top_model__chosen(drawing->model);
	uint64_t place = drawing->model->listed[i];
	const struct top_line *line = top_function__line(function, place);
	enum heat heat = HEAT_NONE;
	struct pen pen = {drawing->cells, row, 0};
	char cell[CELL_SIZE];

	if (line && top_function__shows(function, line))
		heat = heat__of(line->total.time_ns, function->total.time_ns);
	snprintf(cell, sizeof(cell), "%6" PRIu32, (uint32_t)place);
	put(&pen, 0, cell);
	put_line_numbers(drawing, &pen, line, heat);
	put(&pen, 0, line && top_function__shows(function, line) && line->uncertain ? "~" : " ");
	snprintf(cell, sizeof(cell), "%-3s  ", heat__marks(heat));
	put(&pen, heat, cell);
	if (place >> 32)
		put_file(function, &pen, (uint32_t)(place >> 32));
	put_source(drawing, &pen, place);
	if (i == drawing->model->cursor)
		cells__ink_row(drawing->cells, row, INK_REVERSE);
}

static void draw_panes(const struct drawing *drawing)
{
	const struct top_model *model = drawing->model;
	size_t rows = top_model__function_rows(model);
	int row = 1;

	draw_function_titles(drawing, row++);
	draw_functions(drawing, row, rows);
	row += (int)rows;
	draw_place(drawing, row++);
	draw_line_titles(drawing, row++);
	rows = top_model__line_rows(model);
	for (size_t i = model->first_line; i < model->n_listed && i < model->first_line + rows; i++)
		draw_line(drawing, row++, i);
}

/* What the terminal can show behind an estimate. */
static const char *mark(void)
{
	return cells__has(L'\u2248') ? "\u2248" : "*";
}

static void draw_help(const struct drawing *drawing)
{
	struct pen pen = {drawing->cells, 1, 0};

	for (size_t i = 0; top_keys__row(i); i++) {
		const struct top_key *key = top_keys__row(i);

		if (!key->help)
			continue;
		pen.col = 2;
		put(&pen, INK_BOLD, key->shown);
		pen.col = 20;
		put(&pen, 0, key->help);
		pen.row++;
		pen.col = 0;
	}
	pen.row++;
	put(&pen, 0, "A column with + is what the last update has added. # ## ### mark lines with at");
	pen.row++;
	pen.col = 0;
	put(&pen, 0, "least 2, 10, 30 % of the function's time, ~ times below their uncertainty.");
	pen.row++;
	pen.col = 0;
	put(&pen, 0, "A ~ before hits: the compiled code does not tell them; they are estimates.");
	pen.row++;
	pen.col = 0;
	put(&pen, 0, "A ");
	put(&pen, 0, mark());
	put(&pen, 0, " behind a number: estimated from counting now and then. The row above the");
	pen.row++;
	pen.col = 0;
	put(&pen, 0, "lines has the bounds of the cursor's line, which hold 19 times of 20.");
}

static void draw_keys(const struct drawing *drawing, int row)
{
	struct pen pen = {drawing->cells, row, 0};
	char text[64];

	cells__clear_row(drawing->cells, row);
	if (drawing->model->rows < TOP_ROWS || drawing->model->cols < TOP_COLS) {
		snprintf(text, sizeof(text), "%dx%d is small, %dx%d shows all; ", drawing->model->cols,
			 drawing->model->rows, TOP_COLS, TOP_ROWS);
		put(&pen, INK_BOLD, text);
		put(&pen, 0, "q quit  ? help");
		return;
	}
	put(&pen, 0, "q quit  Tab function  h H hottest  s sort  l lines  Space pause  r reset  ? help");
}

static bool has_estimates(const struct top_model *model)
{
	for (size_t i = 0; i < model->n_functions; i++)
		if (model->functions[i].of->estimated)
			return true;
	return false;
}

void top_layout__draw(const struct top_model *model, double unit, struct cells *cells)
{
	const struct drawing drawing = {
		.model = model,
		.unit = unit,
		.cells = cells,
		.total_ns = top_model__total_ns(model),
		.mark = has_estimates(model) ? mark() : NULL,
	};

	cells__clear(cells);
	draw_state(&drawing, 0);
	if (model->help)
		draw_help(&drawing);
	else
		draw_panes(&drawing);
	draw_keys(&drawing, cells->rows - 1);
}

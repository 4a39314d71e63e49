// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCROLL_COLS 8

/* Rows for neither functions nor lines: the state of the run, three headings, and the keys. */
#define OTHER_ROWS 5

struct top_model *top_model__new(void)
{
	struct top_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->rows = TOP_ROWS;
	model->cols = TOP_COLS;
	return model;
}

static void free_functions(struct top_function *functions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(functions[i].lines);
	free(functions);
}

/* Frees PROFILE if no field of the model holds it any more. */
static void release(const struct top_model *model, struct profile *profile)
{
	if (profile != model->base && profile != model->before && profile != model->now && profile != model->pending)
		profile__free(profile);
}

void top_model__free(struct top_model *model)
{
	struct profile *profiles[4];

	if (!model)
		return;
	memcpy(profiles, (struct profile *[]){model->base, model->before, model->now, model->pending},
	       sizeof(profiles));
	for (size_t i = 0; i < 4; i++) {
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= profiles[k] == profiles[i];
		if (!again)
			profile__free(profiles[i]);
	}
	free_functions(model->functions, model->n_functions);
	free(model->listed);
	free(model);
}

static bool is_same(const struct profile_function *a, const struct profile_function *b)
{
	return a->line == b->line && a->owner.pid == b->owner.pid && a->owner.tid == b->owner.tid &&
	       !strcmp(a->name, b->name) && !strcmp(a->linkage_name, b->linkage_name) && !strcmp(a->file, b->file) &&
	       !strcmp(a->object, b->object);
}

/*
 * Finds FUNCTION in another profile, or NULL. Profiles of one run list their functions in nearly the same order, so
 * the search starts at *next, right after the function found last.
 */
static const struct profile_function *find(const struct profile *profile, const struct profile_function *function,
					   size_t *next)
{
	if (!profile)
		return NULL;
	for (size_t i = 0; i < profile->n_functions; i++) {
		size_t at = (*next + i) % profile->n_functions;

		if (is_same(&profile->functions[at], function)) {
			*next = at + 1;
			return &profile->functions[at];
		}
	}
	return NULL;
}

static int compare_numbers(const void *key, const void *line)
{
	uint32_t a = *(const uint32_t *)key, b = *(const uint32_t *)line;

	return (a > b) - (a < b);
}

static struct top_figures of_line(const struct profile_function *function, uint32_t number)
{
	const struct profile_line *line = NULL;

	_Static_assert(offsetof(struct profile_line, line) == 0, "compared by their first member");
	if (function && function->n_lines)
		line = bsearch(&number, function->lines, function->n_lines, sizeof(*line), compare_numbers);
	return line ? (struct top_figures){.hits = line->hits, .time_ns = line->time_ns} : (struct top_figures){0};
}

static uint64_t above(uint64_t now, uint64_t then)
{
	/* Times are estimates and may shrink, when more becomes known about the cost of the probes. */
	return now > then ? now - then : 0;
}

static struct top_figures difference(struct top_figures now, struct top_figures then)
{
	return (struct top_figures){
		.calls = above(now.calls, then.calls),
		.hits = above(now.hits, then.hits),
		.time_ns = above(now.time_ns, then.time_ns),
	};
}

static void add(struct top_figures *sum, struct top_figures figures)
{
	sum->hits += figures.hits;
	sum->time_ns += figures.time_ns;
}

static int fill_function(const struct profile_function *now, const struct profile_function *base,
			 const struct profile_function *before, struct top_function *function)
{
	*function = (struct top_function){
		.of = now,
		.total.calls = above(now->calls, base ? base->calls : 0),
		.latest.calls = above(now->calls, before ? before->calls : 0),
		.lines = calloc(now->n_lines + 1, sizeof(*function->lines)),
		.n_lines = now->n_lines,
	};
	if (!function->lines)
		return -ENOMEM;
	for (size_t i = 0; i < now->n_lines; i++) {
		uint32_t number = now->lines[i].line;
		struct top_figures figures = of_line(now, number);

		function->lines[i] = (struct top_line){
			.line = number,
			.total = difference(figures, of_line(base, number)),
			.latest = difference(figures, of_line(before, number)),
			.uncertain = profile_line__below_resolution(&now->lines[i]),
			.hits_inexact = now->lines[i].hits_inexact,
		};
		add(&function->total, function->lines[i].total);
		add(&function->latest, function->lines[i].latest);
	}
	return 0;
}

static int fill_functions(const struct top_model *model, struct top_function **functions)
{
	const struct profile *now = model->now;
	struct top_function *filled = calloc(now->n_functions + 1, sizeof(*filled));
	size_t in_base = 0, in_before = 0;
	int err = filled ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < now->n_functions; i++)
		err = fill_function(&now->functions[i], find(model->base, &now->functions[i], &in_base),
				    find(model->before, &now->functions[i], &in_before), &filled[i]);
	if (err && filled)
		free_functions(filled, now->n_functions);
	else
		*functions = filled;
	return err;
}

static uint64_t sort_key(const struct top_function *function, enum top_sort sort)
{
	switch (sort) {
	case TOP_BY_LATEST_TIME:
		return function->latest.time_ns;
	case TOP_BY_CALLS:
		return function->total.calls;
	case TOP_BY_HITS:
		return function->total.hits;
	case TOP_BY_NAME:
		return 0;
	default:
		return function->total.time_ns;
	}
}

/*
 * Sorts by SORT, the largest value first. Equal functions, and all functions with TOP_BY_NAME, are sorted by name,
 * place and owner.
 */
static int compare_functions(const void *x, const void *y, void *sort)
{
	const struct top_function *a = x, *b = y;
	uint64_t of_a = sort_key(a, *(enum top_sort *)sort), of_b = sort_key(b, *(enum top_sort *)sort);
	int order = (of_a < of_b) - (of_a > of_b);

	if (!order)
		order = strcmp(a->of->name, b->of->name);
	if (!order)
		order = strcmp(a->of->file, b->of->file);
	if (!order)
		order = (a->of->line > b->of->line) - (a->of->line < b->of->line);
	if (!order)
		order = (a->of->owner.pid > b->of->owner.pid) - (a->of->owner.pid < b->of->owner.pid);
	return order ? order : (a->of->owner.tid > b->of->owner.tid) - (a->of->owner.tid < b->of->owner.tid);
}

static const struct profile_function *chosen_one(const struct top_model *model)
{
	return model->picked && model->chosen < model->n_functions ? model->functions[model->chosen].of : NULL;
}

/*
 * Sorts the functions and keeps the chosen one. Until a function has been hit, none is kept, and the first one is
 * chosen.
 */
static void sort_functions(struct top_model *model, const struct profile_function *chosen)
{
	if (model->n_functions)
		qsort_r(model->functions, model->n_functions, sizeof(*model->functions), compare_functions,
			&model->sort);
	model->chosen = 0;
	for (size_t i = 0; chosen && i < model->n_functions; i++)
		if (is_same(model->functions[i].of, chosen))
			model->chosen = i;
	model->picked |= model->n_functions && model->functions[model->chosen].total.hits;
}

const struct top_function *top_model__chosen(const struct top_model *model)
{
	return model->chosen < model->n_functions ? &model->functions[model->chosen] : NULL;
}

const struct top_line *top_function__line(const struct top_function *function, uint32_t line)
{
	_Static_assert(offsetof(struct top_line, line) == 0, "compared by their first member");
	if (!function->n_lines)
		return NULL;
	return bsearch(&line, function->lines, function->n_lines, sizeof(*function->lines), compare_numbers);
}

bool top_line__may_be_hit(const struct top_line *line)
{
	return line->total.hits || line->hits_inexact;
}

uint64_t top_model__total_ns(const struct top_model *model)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model->n_functions; i++)
		sum += model->functions[i].total.time_ns;
	return sum;
}

size_t top_model__function_rows(const struct top_model *model)
{
	size_t room = model->rows > OTHER_ROWS + 3 ? (size_t)(model->rows - OTHER_ROWS) / 3 : 1;

	return model->n_functions < room && model->n_functions ? model->n_functions : room;
}

size_t top_model__line_rows(const struct top_model *model)
{
	size_t others = OTHER_ROWS + top_model__function_rows(model);

	return (size_t)model->rows > others ? (size_t)model->rows - others : 0;
}

struct listed_line {
	uint32_t number;
	uint64_t key;
};

static int compare_listed(const void *x, const void *y)
{
	const struct listed_line *a = x, *b = y;
	int order = (a->key < b->key) - (a->key > b->key);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* Lists the lines that were hit, the hottest first. */
static int list_hottest(struct top_model *model, const struct top_function *function)
{
	struct listed_line *lines = calloc(function->n_lines + 1, sizeof(*lines));
	size_t n = 0;

	model->listed = calloc(function->n_lines + 1, sizeof(*model->listed));
	if (!lines || !model->listed) {
		free(lines);
		return -ENOMEM;
	}
	for (size_t i = 0; i < function->n_lines; i++) {
		const struct top_line *line = &function->lines[i];

		if (top_line__may_be_hit(line))
			lines[n++] = (struct listed_line){
				.number = line->line,
				.key = model->order == TOP_LINES_BY_TIME ? line->total.time_ns : line->total.hits,
			};
	}
	qsort(lines, n, sizeof(*lines), compare_listed);
	for (size_t i = 0; i < n; i++)
		model->listed[i] = lines[i].number;
	model->n_listed = n;
	free(lines);
	return 0;
}

/*
 * Lists, by number, all lines from the function's first to its last that are in the source. Of lines beyond the end of
 * the source, lists those with code.
 */
static int list_by_number(struct top_model *model, const struct top_function *function)
{
	uint32_t first = function->n_lines ? function->lines[0].line : 1;
	uint32_t last = function->n_lines ? function->lines[function->n_lines - 1].line : 0;
	uint32_t n_source_lines = model->source ? source__n_lines(model->source) : 0;
	size_t n = 0;

	if (function->of->line && function->of->line < first)
		first = function->of->line;
	if (function->of->last > last)
		last = function->of->last;
	if (last > n_source_lines)
		last = n_source_lines;
	model->listed =
		calloc(function->n_lines + (last >= first ? last - first + 1ul : 0) + 1, sizeof(*model->listed));
	if (!model->listed)
		return -ENOMEM;
	for (uint32_t number = first; number <= last; number++)
		model->listed[n++] = number;
	for (size_t i = 0; i < function->n_lines; i++)
		if (function->lines[i].line > n_source_lines)
			model->listed[n++] = function->lines[i].line;
	model->n_listed = n;
	return 0;
}

/*
 * Changes *first as little as possible, so that row AT is among the COUNT visible rows of N, and no room is left
 * unused at the end.
 */
static void scroll(size_t *first, size_t at, size_t count, size_t n)
{
	if (count && *first + count > n)
		*first = n > count ? n - count : 0;
	if (at < *first)
		*first = at;
	else if (count && at >= *first + count)
		*first = at - count + 1;
}

static void settle(struct top_model *model)
{
	if (model->cursor >= model->n_listed)
		model->cursor = model->n_listed ? model->n_listed - 1 : 0;
	scroll(&model->first_line, model->cursor, top_model__line_rows(model), model->n_listed);
	scroll(&model->first_function, model->chosen, top_model__function_rows(model), model->n_functions);
}

static uint32_t line_of_cursor(const struct top_model *model)
{
	return model->cursor < model->n_listed ? model->listed[model->cursor] : 0;
}

/* Puts the cursor on line NUMBER or, if it is not listed, on the listed line with the next higher number. */
static void go_to_line(struct top_model *model, uint32_t number)
{
	uint32_t best = UINT32_MAX;

	for (size_t i = 0; i < model->n_listed; i++) {
		if (model->listed[i] < number || model->listed[i] >= best)
			continue;
		best = model->listed[i];
		model->cursor = i;
	}
	settle(model);
}

/* Lists the lines of the chosen function. The cursor stays on the line with the same number. */
static int list_lines(struct top_model *model)
{
	const struct top_function *function = top_model__chosen(model);
	uint32_t number = line_of_cursor(model);
	int err = 0;

	free(model->listed);
	model->listed = NULL;
	model->n_listed = 0;
	if (function)
		err = model->order == TOP_LINES_BY_NUMBER ? list_by_number(model, function)
							  : list_hottest(model, function);
	go_to_line(model, number);
	return err;
}

static int rebuild(struct top_model *model)
{
	const struct profile_function *chosen = chosen_one(model);
	struct top_function *functions;
	int err = fill_functions(model, &functions);

	if (err)
		return err;
	free_functions(model->functions, model->n_functions);
	model->functions = functions;
	model->n_functions = model->now->n_functions;
	sort_functions(model, chosen);
	return list_lines(model);
}

static void forget(struct top_model *model)
{
	free_functions(model->functions, model->n_functions);
	model->functions = NULL;
	model->n_functions = 0;
}

int top_model__update(struct top_model *model, struct profile *profile)
{
	struct profile *old_before = model->before, *old_now = model->now, *old_pending = model->pending;
	int err;

	if (model->paused) {
		model->pending = profile;
		release(model, old_pending);
		return 0;
	}
	model->before = old_pending ? old_pending : old_now;
	model->now = profile;
	model->pending = NULL;
	err = rebuild(model);
	/* The old list of functions borrows names from a profile that is about to be freed. */
	if (err)
		forget(model);
	release(model, old_before);
	if (old_now != old_before)
		release(model, old_now);
	return err;
}

static int reset(struct top_model *model)
{
	struct profile *old = model->base;
	int err;

	if (!model->now)
		return 0;
	model->base = model->pending ? model->pending : model->now;
	err = rebuild(model);
	release(model, old);
	return err;
}

/* Chooses a function. Its lines without code are listed once its source is set. */
static int choose(struct top_model *model, size_t chosen)
{
	if (chosen >= model->n_functions || chosen == model->chosen)
		return 0;
	model->chosen = chosen;
	model->picked = true;
	model->source = NULL;
	model->n_listed = 0;
	model->cursor = model->first_line = 0;
	model->skip = 0;
	return list_lines(model);
}

static size_t hottest_function(const struct top_model *model)
{
	size_t hottest = 0;

	for (size_t i = 1; i < model->n_functions; i++)
		if (model->functions[i].total.time_ns > model->functions[hottest].total.time_ns)
			hottest = i;
	return hottest;
}

static void go_to_hottest_line(struct top_model *model)
{
	const struct top_function *function = top_model__chosen(model);
	const struct top_line *hottest = NULL;

	for (size_t i = 0; function && i < function->n_lines; i++)
		if (!hottest || function->lines[i].total.time_ns > hottest->total.time_ns)
			hottest = &function->lines[i];
	if (hottest)
		go_to_line(model, hottest->line);
}

static int go_to_hottest_function(struct top_model *model)
{
	int err = choose(model, hottest_function(model));

	go_to_hottest_line(model);
	return err;
}

static void move_cursor(struct top_model *model, long rows)
{
	long to = (long)model->cursor + rows;

	model->cursor = to < 0 ? 0 : (size_t)to;
	settle(model);
}

static int next_sort(struct top_model *model)
{
	struct profile_function const *chosen = chosen_one(model);

	model->sort = (model->sort + 1) % TOP_SORTS;
	sort_functions(model, chosen);
	return list_lines(model);
}

static int next_order(struct top_model *model)
{
	model->order = (model->order + 1) % TOP_ORDERS;
	return list_lines(model);
}

static int move(struct top_model *model, enum top_action action)
{
	long page = (long)top_model__line_rows(model);

	switch (action) {
	case TOP_UP:
		move_cursor(model, -1);
		break;
	case TOP_DOWN:
		move_cursor(model, 1);
		break;
	case TOP_PAGE_UP:
		move_cursor(model, -page);
		break;
	case TOP_PAGE_DOWN:
		move_cursor(model, page);
		break;
	case TOP_FIRST:
		move_cursor(model, -(long)model->n_listed);
		break;
	case TOP_LAST:
		move_cursor(model, (long)model->n_listed);
		break;
	case TOP_LEFT:
		model->skip -= model->skip ? SCROLL_COLS : 0;
		break;
	case TOP_RIGHT:
		model->skip += SCROLL_COLS;
		break;
	default:
		break;
	}
	return 0;
}

int top_model__act(struct top_model *model, enum top_action action)
{
	size_t n = model->n_functions;

	switch (action) {
	case TOP_NEXT_FUNCTION:
		return choose(model, n ? (model->chosen + 1) % n : 0);
	case TOP_PREVIOUS_FUNCTION:
		return choose(model, n ? (model->chosen + n - 1) % n : 0);
	case TOP_HOTTEST_LINE:
		go_to_hottest_line(model);
		return 0;
	case TOP_HOTTEST_FUNCTION:
		return go_to_hottest_function(model);
	case TOP_NEXT_SORT:
		return next_sort(model);
	case TOP_NEXT_ORDER:
		return next_order(model);
	case TOP_PAUSE:
		model->paused = !model->paused;
		return 0;
	case TOP_RESET:
		return reset(model);
	case TOP_HELP:
		model->help = !model->help;
		return 0;
	default:
		return move(model, action);
	}
}

void top_model__resize(struct top_model *model, int rows, int cols)
{
	model->rows = rows;
	model->cols = cols;
	settle(model);
}

int top_model__set_source(struct top_model *model, const struct source *source)
{
	model->source = source;
	return list_lines(model);
}

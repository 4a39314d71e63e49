// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "top/top_list.h"

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

/* The figures of LINE, which is one of NOW's, in the function THEN, which may be NULL. */
static struct top_figures figures_in(const struct profile_function *then, const struct profile_function *now,
				     const struct profile_line *line)
{
	const struct profile_line *found = then ? profile_function__find(then, now, line) : NULL;

	if (!found)
		return (struct top_figures){0};
	return (struct top_figures){.hits = found->hits, .time_ns = found->time_ns};
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
		const struct profile_line *line = &now->lines[i];
		const struct top_figures figures = {.hits = line->hits, .time_ns = line->time_ns};

		function->lines[i] = (struct top_line){
			.place = profile_line__place(line),
			.total = difference(figures, figures_in(base, now, line)),
			.latest = difference(figures, figures_in(before, now, line)),
			.uncertain = profile_line__below_resolution(line),
			.hits_inexact = line->hits_inexact,
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

static int compare_places(const void *key, const void *line)
{
	uint64_t a = *(const uint64_t *)key, b = ((const struct top_line *)line)->place;

	return (a > b) - (a < b);
}

const struct top_line *top_function__line(const struct top_function *function, uint64_t place)
{
	if (!function->n_lines)
		return NULL;
	return bsearch(&place, function->lines, function->n_lines, sizeof(*function->lines), compare_places);
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

const struct source *top_model__source(const struct top_model *model, uint32_t file)
{
	if (!file)
		return model->source;
	return file <= model->n_others ? model->others[file - 1] : NULL;
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

static uint64_t place_of_cursor(const struct top_model *model)
{
	return model->cursor < model->n_listed ? model->listed[model->cursor] : 0;
}

/* Puts the cursor on the line at PLACE or, if it is not listed, on the next one that is. */
static void go_to_line(struct top_model *model, uint64_t place)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < model->n_listed; i++) {
		if (model->listed[i] < place || model->listed[i] >= best)
			continue;
		best = model->listed[i];
		model->cursor = i;
	}
	settle(model);
}

/* Lists the lines of the chosen function. The cursor stays on the line at the same place. */
static int list_lines(struct top_model *model)
{
	uint64_t place = place_of_cursor(model);
	int err = top_list__make(model);

	go_to_line(model, place);
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
	model->n_others = 0;
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
		go_to_line(model, hottest->place);
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

int top_model__set_others(struct top_model *model, struct source *const *others, size_t n)
{
	model->others = others;
	model->n_others = n;
	return list_lines(model);
}

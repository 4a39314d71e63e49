// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCROLL_COLS 8

/* Rows for neither functions nor lines: the state of the run, three headings, and the keys. */
#define OTHER_ROWS 5

struct top_model *top_model__new(bool find)
{
	struct top_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->find = find;
	model->rows = TOP_ROWS;
	model->cols = TOP_COLS;
	return model;
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
	top_functions__free(model->functions, model->n_functions);
	top_sampled__release(&model->sampled);
	free(model->listed);
	free(model);
}

static const struct profile_function *chosen_one(const struct top_model *model)
{
	return model->picked && model->chosen < model->n_functions ? model->functions[model->chosen].of : NULL;
}

const struct top_function *top_model__chosen(const struct top_model *model)
{
	return model->chosen < model->n_functions ? &model->functions[model->chosen] : NULL;
}

/*
 * Sorts the functions and keeps the chosen one. Until a function has been hit or sampled, none is kept, and the first
 * one is chosen.
 */
static void sort_functions(struct top_model *model, const struct profile_function *chosen)
{
	const struct top_function *first;

	top_functions__sort(model->functions, model->n_functions, model->sort);
	model->chosen = 0;
	for (size_t i = 0; chosen && i < model->n_functions; i++)
		if (top_functions__are_same(model->functions[i].of, chosen))
			model->chosen = i;
	first = top_model__chosen(model);
	model->picked |= first && (first->total.hits || (first->of->uncounted && first->total.time_ns));
}

uint64_t top_model__total_ns(const struct top_model *model)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model->n_functions; i++)
		sum += model->functions[i].total.time_ns;
	return sum;
}

/* The number of rows in the list of functions. */
static size_t count_listed(const struct top_model *model)
{
	return model->n_functions + model->sampled.n_others;
}

size_t top_model__function_rows(const struct top_model *model)
{
	size_t n = count_listed(model), room = 1;

	if (model->rows > OTHER_ROWS + 3) {
		room = (size_t)(model->rows - OTHER_ROWS);
		/* Functions that have lines leave room for these. */
		if (model->n_functions || !n)
			room /= 3;
	}
	return n < room && n ? n : room;
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
	scroll(&model->first_function, model->chosen, top_model__function_rows(model), count_listed(model));
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
	const struct top_function *function = top_model__chosen(model);
	uint64_t place = place_of_cursor(model);
	int err = 0;

	free(model->listed);
	model->listed = NULL;
	model->n_listed = 0;
	if (function)
		err = top_list__make(function, &model->sources, model->order, &model->listed, &model->n_listed);
	go_to_line(model, place);
	return err;
}

static int rebuild(struct top_model *model)
{
	const struct profile_function *chosen = chosen_one(model);
	struct top_function *functions;
	struct top_sampled sampled = {.n_others = 0};
	int err = model->find ? top_sampled__make(model->now, model->base, &sampled) : 0;

	if (err)
		return err;
	err = top_functions__make(model->now, model->base, model->before, &functions);
	if (err) {
		top_sampled__release(&sampled);
		return err;
	}
	top_sampled__release(&model->sampled);
	model->sampled = sampled;
	top_functions__free(model->functions, model->n_functions);
	model->functions = functions;
	model->n_functions = model->now->n_functions;
	sort_functions(model, chosen);
	return list_lines(model);
}

static void forget(struct top_model *model)
{
	top_functions__free(model->functions, model->n_functions);
	top_sampled__release(&model->sampled);
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
	model->sources = (struct top_sources){.own = NULL};
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
	model->sources.own = source;
	return list_lines(model);
}

int top_model__set_others(struct top_model *model, struct source *const *others, size_t n)
{
	model->sources.others = others;
	model->sources.n_others = n;
	return list_lines(model);
}

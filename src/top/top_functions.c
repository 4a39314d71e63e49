// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_functions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sorted.h"
#include "profile/rough_count.h"

void top_functions__free(struct top_function *functions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(functions[i].lines);
	free(functions);
}

bool top_functions__are_same(const struct profile_function *a, const struct profile_function *b)
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

		if (top_functions__are_same(&profile->functions[at], function)) {
			*next = at + 1;
			return &profile->functions[at];
		}
	}
	return NULL;
}

static struct top_figures figures_of(const struct profile_line *line)
{
	return (struct top_figures){.hits = line->hits, .hits_doubt = line->hits_uncertainty, .time_ns = line->time_ns};
}

/* The figures of LINE, which is one of NOW's, in the function THEN, which may be NULL. */
static struct top_figures figures_in(const struct profile_function *then, const struct profile_function *now,
				     const struct profile_line *line)
{
	const struct profile_line *found = then ? profile_function__find(then, now, line) : NULL;

	if (!found)
		return (struct top_figures){0};
	return figures_of(found);
}

static uint64_t above(uint64_t now, uint64_t then)
{
	/* Estimates may shrink, when more becomes known. */
	return now > then ? now - then : 0;
}

static struct top_figures difference(struct top_figures now, struct top_figures then)
{
	return (struct top_figures){
		.calls = above(now.calls, then.calls),
		.hits = above(now.hits, then.hits),
		.time_ns = above(now.time_ns, then.time_ns),
		.calls_doubt = rough_count__doubt_of_rise(now.calls, now.calls_doubt, then.calls, then.calls_doubt),
		.hits_doubt = rough_count__doubt_of_rise(now.hits, now.hits_doubt, then.hits, then.hits_doubt),
	};
}

static void add(struct top_figures *sum, struct top_figures figures)
{
	sum->hits += figures.hits;
	sum->hits_doubt = rough_count__doubt_of_sum(sum->hits_doubt, figures.hits_doubt);
	sum->time_ns += figures.time_ns;
}

/* FUNCTION may be NULL. */
static struct top_figures calls_of(const struct profile_function *function)
{
	if (!function)
		return (struct top_figures){0};
	return (struct top_figures){.calls = function->calls, .calls_doubt = function->calls_uncertainty};
}

static int fill_function(const struct profile_function *now, const struct profile_function *base,
			 const struct profile_function *before, struct top_function *function)
{
	*function = (struct top_function){
		.of = now,
		.total = difference(calls_of(now), calls_of(base)),
		.latest = difference(calls_of(now), calls_of(before)),
		.lines = calloc(now->n_lines + 1, sizeof(*function->lines)),
		.n_lines = now->n_lines,
	};
	if (!function->lines)
		return -ENOMEM;
	for (size_t i = 0; i < now->n_lines; i++) {
		const struct profile_line *line = &now->lines[i];
		const struct top_figures figures = figures_of(line);

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

int top_functions__make(const struct profile *now, const struct profile *base, const struct profile *before,
			struct top_function **functions)
{
	struct top_function *filled = calloc(now->n_functions + 1, sizeof(*filled));
	size_t in_base = 0, in_before = 0;
	int err = filled ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < now->n_functions; i++)
		err = fill_function(&now->functions[i], find(base, &now->functions[i], &in_base),
				    find(before, &now->functions[i], &in_before), &filled[i]);
	if (err && filled)
		top_functions__free(filled, now->n_functions);
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
 * Sorts by SORT, the largest value first; with TOP_BY_FILE those of each file. Equal functions, and all functions with
 * TOP_BY_NAME, are sorted by name, place and owner.
 */
static int compare_functions(const void *x, const void *y, void *sort)
{
	const struct top_function *a = x, *b = y;
	uint64_t of_a = sort_key(a, *(enum top_sort *)sort), of_b = sort_key(b, *(enum top_sort *)sort);
	int order = *(enum top_sort *)sort == TOP_BY_FILE ? strcmp(a->of->file, b->of->file) : 0;

	if (!order)
		order = (of_a < of_b) - (of_a > of_b);
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

void top_functions__sort(struct top_function *functions, size_t n, enum top_sort sort)
{
	if (n)
		qsort_r(functions, n, sizeof(*functions), compare_functions, &sort);
}

bool top_functions__share_name(const struct top_function *functions, size_t n, const struct top_function *function)
{
	const struct profile_function *of = function->of;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(functions[i].of->name, of->name) &&
		    (functions[i].of->line != of->line || strcmp(functions[i].of->file, of->file) != 0))
			return true;
	return false;
}

const struct top_line *top_function__line(const struct top_function *function, uint64_t place)
{
	size_t i = SORTED_AT(function->lines, function->n_lines, place, place);

	return i < function->n_lines ? &function->lines[i] : NULL;
}

bool top_function__shows(const struct top_function *function, const struct top_line *line)
{
	if ((function->of->uncounted || function->of->estimated) && line->total.time_ns)
		return true;
	return !function->of->uncounted && (line->total.hits || line->hits_inexact || line->total.hits_doubt);
}

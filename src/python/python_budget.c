// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_budget.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "python/python_maps.h"

#define STEADY_PART   0.9 /* of the time: what stays in for less does so while it is rare, and tells nothing else */
#define RETURNS_DOUBT 0.3 /* of what the probes of returns take: most are far from each other, so caches are cold */

struct python_budget {
	struct python_budget_config config;
	struct python_windows *windows;
	struct python_progress *progress;
	const volatile uint64_t *counts;
	int err; /* the last one */
};

void python_budget__free(struct python_budget *budget)
{
	if (!budget)
		return;
	python_maps__unmap_counts(budget->config.skel, budget->counts);
	python_progress__free(budget->progress);
	python_windows__free(budget->windows);
	free(budget);
}

static bool is_returns(const struct python_budget *budget, uint32_t site)
{
	return site >= budget->config.first + budget->config.n;
}

/* How often any function returned, as the sites of the window say. */
static uint64_t sum_returns(const struct python_budget *budget, const struct window *window, bool alone)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < window->n; i++)
		if (alone || budget->config.is_return[window->sites[i] - budget->config.first])
			sum += window->counts[2 * i];
	return sum;
}

static void take_window(void *ctx, const struct window *window)
{
	struct python_budget *budget = ctx;
	bool alone = is_returns(budget, window->sites[0]);
	const struct python_window taken = {
		.counts = budget->counts,
		.n = python_maps__n_counts(budget->config.skel),
		.returns_only = alone,
		.own_ns = fmax(window->own_ns, 0),
		.doubt_ns = hypot(window->doubt_ns, RETURNS_DOUBT * window->price_ns),
		.price_ns = window->price_ns,
		.all_returns = sum_returns(budget, window, alone),
	};
	int err = python_windows__add(budget->windows, &taken);
	if (!err)
		err = python_progress__watch(budget->progress);
	budget->err = err ? err : budget->err;
}

static int add_bodies(struct python_budget *budget)
{
	const struct python_budget_config *config = &budget->config;
	int err = throttle__add_whole(config->throttle, config->first, config->n, config->sites, take_window, budget);

	if (err || !config->n_returns)
		return err;
	return throttle__add_whole(config->throttle, config->first + config->n, config->n_returns,
				   config->sites + config->n, take_window, budget);
}

int python_budget__new(const struct python_budget_config *config, struct python_budget **out)
{
	struct python_budget *budget = calloc(1, sizeof(*budget));
	int err = budget ? 0 : -ENOMEM;

	if (err)
		return err;
	budget->config = *config;
	budget->windows = python_windows__new();
	budget->config.progress.windows = budget->windows;
	budget->config.progress.gate = python_maps__gate(config->skel);
	budget->progress = python_progress__new(&budget->config.progress);
	budget->counts = python_maps__map_counts(config->skel);
	if (!budget->windows || !budget->progress || !budget->counts)
		err = -ENOMEM;
	if (!err)
		err = add_bodies(budget);
	if (err) {
		python_budget__free(budget);
		return err;
	}
	python_maps__set_first(config->skel, config->first);
	*out = budget;
	return 0;
}

int python_budget__adjust(struct python_budget *budget)
{
	int err = python_progress__watch(budget->progress);

	return err ? err : budget->err;
}

bool python_budget__is_unseen(const struct python_budget *budget)
{
	return !python_windows__n(budget->windows);
}

int python_budget__totals(const struct python_budget *budget, const struct counters *counters,
			  struct python_total **totals)
{
	const struct python_budget_config *config = &budget->config;
	const struct profile_budget spent = throttle__spent(config->throttle);
	double own_ns = (double)spent.target_ns - (double)spent.spent_ns;
	double windows_ns = throttle__windows_only_ns(config->throttle, config->first);
	double returns_out_ns = throttle__windows_only_ns(config->throttle, config->first + config->n);
	double few_ns = (1 - STEADY_PART) * own_ns;
	const struct python_steady steady = {
		.edges = counters->interpreted,
		.lines_ns = windows_ns <= few_ns ? own_ns - windows_ns : 0,
		.returns_ns = config->n_returns && returns_out_ns <= few_ns ? own_ns - returns_out_ns : 0,
	};
	int err;

	*totals = NULL;
	if (windows_ns <= 0)
		return 0;
	*totals = calloc(counters->n_lines + 1, sizeof(**totals));
	if (!*totals)
		return -ENOMEM;
	err = python_windows__estimate(budget->windows, counters->lines, counters->n_lines, &steady, windows_ns,
				       *totals);
	if (err) {
		free(*totals);
		*totals = NULL;
	}
	return err;
}

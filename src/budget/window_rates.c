// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A rate is the sum over the windows of weight * counts, divided by the sum of weight * time (window_times.c).
 * Variances are those of a ratio of means: of the sum of weight^2 * (counts - rate * time)^2. One window alone tells no
 * variance; half of the rate is taken for the standard deviation. And no variance is below that of one hit.
 */
#include "budget/window_rates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/window_times.h"

static void find_sites(const struct plan_flow *flow, uint32_t first_site, const struct window_set *set, uint32_t *begin,
		       uint32_t *end)
{
	uint32_t lo = 0;

	while (lo < set->n && set->sites[lo] < first_site)
		lo++;
	*begin = lo;
	while (lo < set->n && set->sites[lo] - first_site < flow->plan->n_sites)
		lo++;
	*end = lo;
}

/* The net of SITE in the window with the COUNTS. */
static double net_count(const struct window_rates *rates, uint32_t site, const float *counts)
{
	const struct plan_flow *flow = rates->flow;
	size_t own = (size_t)2 * (rates->at[site] - 1);
	double net = (double)counts[own] + (double)counts[own + 1];

	for (uint32_t k = flow->in_first[site]; k < flow->in_first[site + 1]; k++)
		net -= (double)counts[(size_t)2 * (rates->at[flow->in[k] / 2] - 1) + flow->in[k] % 2];
	return net;
}

/* Chooses the nets that are columns. */
static void find_nets(struct window_rates *rates)
{
	for (uint32_t i = 0; i < rates->n_sites; i++) {
		uint32_t site = rates->sites[i];
		bool all = plan_flow__has_net(rates->flow, site);

		for (uint32_t k = rates->flow->in_first[site]; all && k < rates->flow->in_first[site + 1]; k++)
			all = rates->at[rates->flow->in[k] / 2];
		if (all)
			rates->nets[rates->n_nets++] = site;
	}
}

static double count_of(const struct window_rates *rates, uint32_t column, uint32_t b)
{
	const float *counts = rates->set->sums[b].counts + (size_t)2 * rates->begin;

	return column < 2 * rates->n_sites ? (double)counts[column]
					   : net_count(rates, rates->nets[column - 2 * rates->n_sites], counts);
}

static void add_up(struct window_rates *rates, const struct window_time *times)
{
	for (uint32_t b = 0; b < rates->set->n_sums; b++) {
		size_t row = 1 + (rates->group + b) % WINDOW_RATES_GROUPS;
		double time = times[b].weight * times[b].ns;

		rates->own_ns += times[b].ns;
		rates->times[0] += time;
		rates->times[row] += time;
		for (uint32_t c = 0; c < rates->n_columns; c++) {
			double sum = times[b].weight * count_of(rates, c, b);

			rates->sums[c] += sum;
			rates->sums[row * rates->n_columns + c] += sum;
		}
	}
}

static void find_variances(struct window_rates *rates, const struct window_time *times)
{
	double n = rates->set->n_sums, time = rates->times[0];

	for (uint32_t b = 0; b < rates->set->n_sums; b++)
		for (uint32_t c = 0; c < rates->n_columns; c++) {
			double rate = rates->sums[c] / time;
			double off = times[b].weight * (count_of(rates, c, b) - rate * times[b].ns) / time;

			rates->variances[c] += off * off;
		}
	for (uint32_t c = 0; c < rates->n_columns; c++) {
		double rate = rates->sums[c] / time, one = 1 / rates->own_ns;

		rates->variances[c] = n > 1 ? rates->variances[c] * n / (n - 1) : rate * rate / 4;
		rates->variances[c] += one * one;
	}
}

int window_rates__shift(struct window_rates *rates, double shift)
{
	struct window_time *times = calloc((size_t)rates->set->n_sums + 1, sizeof(*times));

	if (!times)
		return -ENOMEM;
	rates->own_ns = 0;
	memset(rates->times, 0, sizeof(rates->times));
	memset(rates->sums, 0, (size_t)(1 + WINDOW_RATES_GROUPS) * rates->n_columns * sizeof(*rates->sums));
	memset(rates->variances, 0, rates->n_columns * sizeof(*rates->variances));
	rates->doubt = window_times__compute(rates->set, shift, times);
	add_up(rates, times);
	if (rates->times[0] > 0)
		find_variances(rates, times);
	free(times);
	return 0;
}

static int allocate(struct window_rates *rates, uint32_t n_sites)
{
	rates->at = calloc(rates->flow->plan->n_sites, sizeof(*rates->at));
	rates->sites = calloc(n_sites, sizeof(*rates->sites));
	rates->nets = calloc(n_sites, sizeof(*rates->nets));
	rates->sums = calloc((size_t)(1 + WINDOW_RATES_GROUPS) * 3 * n_sites, sizeof(*rates->sums));
	rates->variances = calloc((size_t)3 * n_sites, sizeof(*rates->variances));
	return rates->at && rates->sites && rates->nets && rates->sums && rates->variances ? 0 : -ENOMEM;
}

int window_rates__init(struct window_rates *rates, const struct plan_flow *flow, uint32_t first_site,
		       const struct window_set *set, unsigned group)
{
	uint32_t begin, end;
	int err;

	*rates = (struct window_rates){.flow = flow, .set = set, .group = group};
	rates->judged = set->n_sums && set->sums[0].judged;
	find_sites(flow, first_site, set, &begin, &end);
	if (begin == end)
		return 0;
	err = allocate(rates, end - begin);
	if (err)
		return err;
	rates->begin = begin;
	for (uint32_t i = begin; i < end; i++) {
		rates->sites[rates->n_sites++] = set->sites[i] - first_site;
		rates->at[set->sites[i] - first_site] = rates->n_sites;
	}
	find_nets(rates);
	rates->n_columns = 2 * rates->n_sites + rates->n_nets;
	err = window_rates__shift(rates, 0);
	if (rates->times[0] <= 0)
		rates->n_columns = 0;
	return err;
}

void window_rates__release(struct window_rates *rates)
{
	free(rates->at);
	free(rates->sites);
	free(rates->nets);
	free(rates->sums);
	free(rates->variances);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Wanted is the mean, over the target's own time, of how dense hits are. Each window begins at a random moment
 * of that time. So its rate, counts by own time, is one observation of the density, and the mean of the rates has no
 * bias as long as the density does not change much within one window. What may not be done is to divide the sum of all
 * counts by the sum of all times: a window ends after some time or after some price, the hits' price included, so those
 * that fall where hits are dense cover less own time, and the dense would count too little. (Arnold and Ryder, "A
 * Framework for Reducing the Cost of Instrumented Code", 2001, and Hirzel and Chilimbi, "Bursty Tracing", 2001, sample
 * by counts of events and so have the events' shares right, but not their rates per time.)
 *
 * So window b gets the weight 1 / time(b), and
 *
 *     rate = sum of counts(b) / time(b), by the number of windows
 *
 * - A window that covers much less time than the mean, because the target went to sleep, is nearly all noise. Below a
 *   quarter of the mean time the weight grows no more.
 *
 * - The own time of a violent window is the small difference of its whole time and a price that is known to some per
 *   cent, so it may be far off, and negative. The price, which is proportional to hits, is taken for it as far as it is
 *   doubtful:
 *
 *       time(b) = own(b)^w * (q * price(b))^(1 - w),  w = 1 / (1 + (doubt(b) / own(b))^2)
 *
 *   with q, the set's own time for a price of 1. All windows of the set are then wrong by nearly the same factor, which
 *   totals.c finds out where sites are also in gentle windows; `doubt` says how wrong it may be.
 *
 * Variances are those of a ratio of means: of the sum over b of weight^2 * (counts - rate * time)^2. One window alone
 * tells no variance; half of the rate is taken for the standard deviation. And no variance is below that of one hit.
 */
#include "budget/window_rates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* A smaller part of the price than this is never taken for own time. */
#define LEAST_OWN 1e-5

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

/* The time of a sum, and the weight of its counts. */
struct weighted {
	double time, weight;
};

static double time_of(const struct window_sum *sum, double ratio)
{
	double doubt, w, by_price = ratio * sum->price_ns;

	if (sum->own_ns <= 0 || sum->own_ns < LEAST_OWN * sum->price_ns)
		return by_price;
	if (sum->doubt_ns <= 0 || by_price <= 0)
		return sum->own_ns;
	doubt = sum->doubt_ns / sum->own_ns;
	w = 1 / (1 + doubt * doubt);
	return exp(w * log(sum->own_ns) + (1 - w) * log(by_price));
}

/* Sets times and weights of the set's sums, and what RATES has of the whole set. Returns whether they tell anything. */
static bool weigh(const struct window_set *set, struct weighted *weighted, struct window_rates *rates)
{
	double own = 0, price = 0, doubt = 0, windows = 0, time = 0, ratio = LEAST_OWN;

	for (uint32_t b = 0; b < set->n_sums; b++) {
		own += set->sums[b].own_ns;
		price += set->sums[b].price_ns;
		doubt += set->sums[b].doubt_ns;
		windows += set->sums[b].windows;
	}
	if (price > 0 && own / price > LEAST_OWN)
		ratio = own / price;
	for (uint32_t b = 0; b < set->n_sums; b++) {
		weighted[b].time = time_of(&set->sums[b], ratio);
		time += weighted[b].time;
	}
	rates->own_ns = time;
	rates->doubt = time > 0 ? doubt / time : 0;
	for (uint32_t b = 0; time > 0 && b < set->n_sums; b++) {
		double least = time / windows / 4 * set->sums[b].windows;
		double mine = weighted[b].time > least ? weighted[b].time : least;

		weighted[b].weight = set->sums[b].windows / mine * (time / windows);
	}
	return time > 0;
}

/* The count of net number K in the window with the COUNTS of the body's sites in the set, by AT, 1 + their index. */
static double net_count(const struct plan_flow *flow, const uint32_t *at, uint32_t site, const float *counts)
{
	size_t own = (size_t)2 * (at[site] - 1);
	double net = (double)counts[own] + (double)counts[own + 1];

	for (uint32_t k = flow->in_first[site]; k < flow->in_first[site + 1]; k++)
		net -= (double)counts[(size_t)2 * (at[flow->in[k] / 2] - 1) + flow->in[k] % 2];
	return net;
}

/* Chooses the nets that are columns. */
static void find_nets(const struct plan_flow *flow, const uint32_t *at, struct window_rates *rates)
{
	for (uint32_t i = 0; i < rates->n_sites; i++) {
		uint32_t site = rates->sites[i];
		bool all = plan_flow__has_net(flow, site);

		for (uint32_t k = flow->in_first[site]; all && k < flow->in_first[site + 1]; k++)
			all = at[flow->in[k] / 2];
		if (all)
			rates->nets[rates->n_nets++] = site;
	}
}

static double count_of(const struct plan_flow *flow, const struct window_rates *rates, const uint32_t *at,
		       uint32_t column, const float *counts)
{
	return column < 2 * rates->n_sites ? (double)counts[column]
					   : net_count(flow, at, rates->nets[column - 2 * rates->n_sites], counts);
}

static void add_up(const struct plan_flow *flow, const struct window_set *set, const struct weighted *weighted,
		   const uint32_t *at, uint32_t begin, unsigned group, struct window_rates *rates)
{
	for (uint32_t b = 0; b < set->n_sums; b++) {
		const float *counts = set->sums[b].counts + (size_t)2 * begin;
		size_t row = 1 + (group + b) % WINDOW_RATES_GROUPS;
		double time = weighted[b].weight * weighted[b].time;

		rates->times[0] += time;
		rates->times[row] += time;
		for (uint32_t c = 0; c < rates->n_columns; c++) {
			double sum = weighted[b].weight * count_of(flow, rates, at, c, counts);

			rates->sums[c] += sum;
			rates->sums[row * rates->n_columns + c] += sum;
		}
	}
}

static void find_variances(const struct plan_flow *flow, const struct window_set *set, const struct weighted *weighted,
			   const uint32_t *at, uint32_t begin, struct window_rates *rates)
{
	double n = set->n_sums, time = rates->times[0];

	for (uint32_t b = 0; b < set->n_sums; b++) {
		const float *counts = set->sums[b].counts + (size_t)2 * begin;

		for (uint32_t c = 0; c < rates->n_columns; c++) {
			double rate = rates->sums[c] / time;
			double off = weighted[b].weight *
				     (count_of(flow, rates, at, c, counts) - rate * weighted[b].time) / time;

			rates->variances[c] += off * off;
		}
	}
	for (uint32_t c = 0; c < rates->n_columns; c++) {
		double rate = rates->sums[c] / time, one = 1 / rates->own_ns;

		rates->variances[c] = n > 1 ? rates->variances[c] * n / (n - 1) : rate * rate / 4;
		rates->variances[c] += one * one;
	}
}

static int compute(const struct plan_flow *flow, const struct window_set *set, uint32_t begin, unsigned group,
		   const uint32_t *at, struct weighted *weighted, struct window_rates *out)
{
	find_nets(flow, at, out);
	if (!weigh(set, weighted, out))
		return 0;
	out->n_columns = 2 * out->n_sites + out->n_nets;
	out->sums = calloc((size_t)(1 + WINDOW_RATES_GROUPS) * out->n_columns, sizeof(*out->sums));
	out->variances = calloc(out->n_columns, sizeof(*out->variances));
	if (!out->sums || !out->variances)
		return -ENOMEM;
	add_up(flow, set, weighted, at, begin, group, out);
	find_variances(flow, set, weighted, at, begin, out);
	return 0;
}

int window_rates__compute(const struct plan_flow *flow, uint32_t first_site, const struct window_set *set,
			  unsigned group, struct window_rates *out)
{
	uint32_t begin, end, *at;
	struct weighted *weighted;
	int err = -ENOMEM;

	*out = (struct window_rates){0};
	find_sites(flow, first_site, set, &begin, &end);
	if (begin == end)
		return 0;
	at = calloc(flow->plan->n_sites, sizeof(*at));
	weighted = calloc((size_t)set->n_sums + 1, sizeof(*weighted));
	out->sites = calloc(end - begin, sizeof(*out->sites));
	out->nets = calloc(end - begin, sizeof(*out->nets));
	if (at && weighted && out->sites && out->nets) {
		for (uint32_t i = begin; i < end; i++) {
			out->sites[out->n_sites++] = set->sites[i] - first_site;
			at[set->sites[i] - first_site] = out->n_sites;
		}
		err = compute(flow, set, begin, group, at, weighted, out);
	}
	free(at);
	free(weighted);
	return err;
}

void window_rates__release(struct window_rates *rates)
{
	free(rates->sites);
	free(rates->nets);
	free(rates->sums);
	free(rates->variances);
}

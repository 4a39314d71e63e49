// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Weights. Wanted is the mean, over the target's own time, of how dense hits are. Each window begins at a random moment
 * of that time. So its rate, counts by own time, is one observation of the density, and the mean of the rates has no
 * bias as long as the density does not change much within one window. What may not be done is to divide the sum of all
 * counts by the sum of all times: a window ends after some time or after some price, the hits' price included, so those
 * that fall where hits are dense cover less own time, and the dense would count too little. (Arnold and Ryder, "A
 * Framework for Reducing the Cost of Instrumented Code", 2001, and Hirzel and Chilimbi, "Bursty Tracing", 2001, sample
 * by counts of events and so have the events' shares right, but not their rates per time.)
 *
 * So the weight of a window's counts is the inverse of its time. Only a window in which the target ran much less than
 * the mean, hits included, because it went to sleep, is nearly all noise: below a quarter of the mean such a window
 * counts in proportion.
 *
 * Times. Those of violent windows are doubtful (window_log.c), because the price of hits is; and the price is wrong by
 * the same part in all windows of a set, or nearly so. What is known from elsewhere of the sites of the set may tell
 * more of it. Then SHIFT is set, and the logarithm of each time is changed by as many of its standard deviations: much
 * where hits are dense, and hardly where they are rare. A common factor would be wrong there.
 */
#include "budget/window_times.h"

#include <math.h>

/* Sets the weights, and returns the mean of the doubts by what each window adds to the sum of rates. */
static double weigh(const struct window_set *set, double mean_ns, double ran_ns, struct window_time *items)
{
	double sum = 0, weights = 0;

	for (uint32_t b = 0; b < set->n_sums; b++) {
		const struct window_sum *it = &set->sums[b];
		double part = (items[b].ns + it->price_ns) / it->windows / ran_ns;

		if (items[b].ns <= 0)
			continue;
		items[b].weight = it->windows * mean_ns / items[b].ns * fmin(1, 4 * part);
		sum += items[b].weight * it->price_ns * window_sum__doubt(it);
		weights += items[b].weight * it->price_ns;
	}
	return weights > 0 ? sum / weights : 0;
}

double window_times__compute(const struct window_set *set, double shift, struct window_time *items)
{
	double time = 0, ran = 0, windows = window_set__windows(set);

	for (uint32_t b = 0; b < set->n_sums; b++) {
		double ns = window_sum__time_ns(&set->sums[b]) * exp(-shift * window_sum__doubt(&set->sums[b]));

		items[b] = (struct window_time){ns, 0};
		time += ns;
		ran += ns + set->sums[b].price_ns;
	}
	return time > 0 ? weigh(set, time / windows, ran / windows, items) : 0;
}

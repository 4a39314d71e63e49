// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * In a violent window nearly all of the time is the probes'. The targets' own time is the small difference between the
 * window's time and the price of its hits. That price is known to some per cent, and interrupts of 20 us come to it,
 * but 800 hits of a hot loop take the targets 2 us. So the difference does not tell what passed between the hits.
 *
 * The instructions between the hits tell it better. Five programs were measured, with exact counts beside (bzip2's
 * sorting, the interpreters of Lua and sqlite, a loop of 1 ns, redis). Their instructions took 0.4 to 0.7 times, redis'
 * 1.6 times, what they are said to take one by one (TYPICAL in window_log.c).
 *
 * A window begins at a random moment and ends after so many hits. In some windows the target is first in code without
 * probes for a long time, which the difference does show. The mean of the windows' rates is wanted (window_times.c), so
 * it must be known of each window by itself how long it was. If all windows of a set share what is known of their sum,
 * those that begin in hot code become too long, and hot lines get a few times too few hits. Therefore the own time of
 * a window is the time of its instructions, and what the difference is above its doubt (told_ns in window_log.h).
 *
 * Elsewhere. Where control leaves the bodies between two hits, as in a server's function that calls many others, their
 * instructions are not all. But samples tell which share of all own time is spent in the bodies. Since windows begin at
 * random moments, the mean over the windows of
 *
 *     time of the bodies' instructions / own time
 *
 * is that share too. If the mean is larger, time between the hits is missing. It is taken to be as many times the time
 * of the instructions as makes the mean right.
 *
 * Only sets with most of the sites that are hit in such moments are treated so. Where the hottest sites are missing, it
 * is not known what was executed between two hits. The times of such sets stay as doubtful as they were.
 */
#include "budget/window_scales.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define TYPICAL_DOUBT	0.35 /* deviation of the logarithm of the time that instructions take */
#define ELSEWHERE_DOUBT 0.25 /* the same of the factor by which targets are elsewhere, for each e-fold of it */
#define UNSAMPLED_DOUBT 1.0  /* the same where no samples tell how long they are elsewhere */
#define KNOWN		3.0  /* times its doubt: a measured own time of a set's windows that is more is not lost */
#define MOST_DENSE	0.5  /* of the doubt of a sum: if so much is of dense windows, its hits are theirs */
#define MOST_HITS	0.5  /* of the hits of all sites in such windows: a set with less lacks the hottest sites */
#define LEAST_NS	20.0 /* the own time of a window of which nothing else is known */
#define MOST_ELSEWHERE	1e3  /* times the time of instructions */
#define HALVINGS	40

struct scales {
	struct window_log *log;
	double *hits; /* of each site in a window that fell into a dense moment */
	double *windows;
	double all_hits;
	bool *lost;	  /* of each set */
	double elsewhere; /* how long targets are elsewhere between hits, in times of the instructions */
};

/* Finds how often each site is hit in windows that fell into dense moments. */
static void find_hits(struct scales *scales, uint32_t n_sites)
{
	for (size_t i = 0; i < window_log__n_sets(scales->log); i++) {
		const struct window_set *set = window_log__set(scales->log, i);

		for (uint32_t b = 0; b < set->n_sums; b++) {
			const struct window_sum *sum = &set->sums[b];

			for (uint32_t k = 0; sum->dense_doubt_ns > MOST_DENSE * sum->doubt_ns && k < set->n; k++) {
				scales->hits[set->sites[k]] +=
					(double)sum->counts[(size_t)2 * k] + (double)sum->counts[(size_t)2 * k + 1];
				scales->windows[set->sites[k]] += sum->windows;
			}
		}
	}
	for (uint32_t s = 0; s < n_sites; s++) {
		scales->hits[s] = scales->windows[s] > 0 ? scales->hits[s] / scales->windows[s] : 0;
		scales->all_hits += scales->hits[s];
	}
}

/* Whether own times of the set's windows in dense moments are lost in their price, but its instructions tell them. */
static bool is_lost(const struct scales *scales, const struct window_set *set)
{
	double own_ns = 0, doubt_ns = 0, executed_ns = 0, hits = 0;

	for (uint32_t b = 0; b < set->n_sums; b++) {
		own_ns += set->sums[b].dense_own_ns;
		doubt_ns += set->sums[b].dense_doubt_ns;
		executed_ns += set->sums[b].executed_ns;
	}
	for (uint32_t i = 0; i < set->n; i++)
		hits += scales->hits[set->sites[i]];
	return executed_ns > 0 && doubt_ns > 0 && own_ns < KNOWN * doubt_ns && hits > MOST_HITS * scales->all_hits;
}

/* The own time of the windows of SUM, if targets are elsewhere for so many times the time of the instructions. */
static double time_of(const struct window_sum *sum, double elsewhere)
{
	return fmax(sum->told_ns + elsewhere * sum->executed_ns, LEAST_NS * sum->windows);
}

/* The mean of the part of own time that instructions between hits take, over all windows whose times are lost. */
static double executed_part(const struct scales *scales, double elsewhere)
{
	double sum = 0, windows = 0;

	for (size_t i = 0; i < window_log__n_sets(scales->log); i++) {
		const struct window_set *set = window_log__set(scales->log, i);

		for (uint32_t b = 0; scales->lost[i] && b < set->n_sums; b++) {
			sum += set->sums[b].windows * set->sums[b].executed_ns / time_of(&set->sums[b], elsewhere);
			windows += set->sums[b].windows;
		}
	}
	return windows > 0 ? sum / windows : 0;
}

/* Finds how long targets are elsewhere, if SHARE of their own time is spent in the bodies. */
static void find_elsewhere(struct scales *scales, double share)
{
	double low = 1, high = 1 + MOST_ELSEWHERE;

	if (share <= 0 || executed_part(scales, 0) <= share)
		return;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = sqrt(low * high);

		*(executed_part(scales, middle - 1) > share ? &low : &high) = middle;
	}
	scales->elsewhere = high - 1;
}

static void judge(const struct scales *scales, const struct window_set *set, struct window_sum *sums, double deviation)
{
	for (uint32_t b = 0; b < set->n_sums; b++) {
		struct window_sum *sum = &sums[b];
		double told_ns = time_of(sum, scales->elsewhere),
		       executed_ns = told_ns - sum->told_ns + sum->executed_ns;

		/* What the difference tells is as doubtful as it was. */
		sum->doubt_ns = deviation * executed_ns + fmin(sum->doubt_ns, told_ns - executed_ns);
		sum->own_ns = told_ns;
		sum->judged = true;
	}
}

/* Allocates the arrays. 0 or -ENOMEM; to be released in both cases. */
static int init(struct scales *scales, uint32_t n_sites)
{
	scales->hits = calloc(n_sites + 1ul, sizeof(*scales->hits));
	scales->windows = calloc(n_sites + 1ul, sizeof(*scales->windows));
	scales->lost = calloc(window_log__n_sets(scales->log) + 1, sizeof(*scales->lost));
	return scales->hits && scales->windows && scales->lost ? 0 : -ENOMEM;
}

static void release(struct scales *scales)
{
	free(scales->hits);
	free(scales->windows);
	free(scales->lost);
}

int window_scales__correct(struct window_log *log, uint32_t n_sites, double share)
{
	struct scales scales = {.log = log};
	size_t n = window_log__n_sets(log);
	int err = init(&scales, n_sites);
	double deviation;

	if (!err) {
		find_hits(&scales, n_sites);
		for (size_t i = 0; i < n; i++)
			scales.lost[i] = is_lost(&scales, window_log__set(log, i));
		find_elsewhere(&scales, share);
		deviation =
			hypot(share > 0 ? TYPICAL_DOUBT : UNSAMPLED_DOUBT, ELSEWHERE_DOUBT * log1p(scales.elsewhere));
		for (size_t i = 0; i < n; i++)
			if (scales.lost[i])
				judge(&scales, window_log__set(log, i), window_log__sums(log, i), deviation);
	}
	release(&scales);
	return err;
}

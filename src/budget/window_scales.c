// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * In a violent window nearly all of the time is the probes', so it is hardly known how long the targets themselves ran.
 * But sites of it may also have been in gentle windows, which tell their rates R. Then
 *
 *     own time = counts of these sites in the windows / sum of R
 *
 * All windows with the same sites are taken together, since such a site, an anchor, may be hit only a few times in
 * each. The logarithms of this time and of the one that was measured are averaged by inverse variance. Where what was
 * measured is lost in the doubt of the price, it is not used; then the instructions that were executed tell at least
 * roughly how long they took, if the target was on no other ways meanwhile. If not even that is known, the most that
 * the time can be tells how low the rates can be, and a wide interval how little that is.
 *
 * The set of windows that is known best comes first, then the one that is known best by its help, and so on: what is
 * learnt of the rates of one set tells the scale of those that come after it. So rates climb from gentle windows, by
 * violent ones of rarer sites, to those of the hottest loops, as on the rungs of a ladder. (totals.c does the same with
 * the edges of one body. A short function whose calls are all hot has no anchor of its own, but its callers have.)
 */
#include "budget/window_scales.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define GOOD_DOUBT     0.05 /* a rate is not taken to be better known than by that when rates are averaged */
#define CERTAIN	       0.03 /* the own time of a set with less doubt is left as it is */
#define FEWEST_HITS    4    /* of anchors, which can be relied on */
#define SIGNIFICANT    1.5  /* times its doubt: a measured own time that is less does not count */
#define CLOSED_PART    0.9  /* of the instructions: if so many are of closed windows, they tell the time */
#define LEAST_PART     0.5  /* of the time of instructions, which seldom run one by one */
#define LEAST_DOUBT    1.0  /* relative standard deviation of that */
#define UNKNOWN_DOUBT  1.2  /* of half of the most that it can be, where nothing else tells it */
#define PHASES	       0.7  /* relative standard deviation of the rates of single windows, if it is not known */
#define ENOUGH_WINDOWS 5    /* windows that tell it */
#define WELL_KNOWN     0.1  /* doubt below which the measured time of each window of a set is used */
#define LEAST_SHARE    0.1  /* of the mean, that a window with less time has nevertheless */
#define LEAST_PRICE    1e-6 /* of the price: so that a window whose instructions are not known has a time at all */
#define LEAST_FACTOR   0.1  /* of the part that a window would have by its instructions alone: it has that at least */
#define HALVINGS       60
#define NOTHING	       10.0 /* the doubt of an own time that is not known at all */

/* What is known of the rate of a site. */
struct rate {
	double sum, weight; /* of rates times weights */
	double hits;	    /* that it rests on */
	double doubt;	    /* sum of relative doubts times weights */
};

/* All windows of a set together. */
struct whole {
	size_t set;
	double own_ns, price_ns;
	double doubt;	/* relative */
	double most_ns; /* the own time is hardly more than that */
	double *hits;	/* of each site of the set; owned */
};

/*
 * What was measured of a set's own time. What one window tells is not judged by itself: if those whose time is too low
 * by chance were left out, the sum of the others would be too high.
 */
static void measure(const struct window_set *set, struct whole *whole)
{
	double doubt_ns = 0, least_ns = 0, closed_ns = 0;

	for (uint32_t b = 0; b < set->n_sums; b++) {
		whole->own_ns += set->sums[b].own_ns;
		whole->price_ns += set->sums[b].price_ns;
		doubt_ns += set->sums[b].doubt_ns;
		least_ns += set->sums[b].least_ns;
		closed_ns += set->sums[b].closed_ns;
	}
	whole->most_ns = fmax(whole->own_ns, 0) + 2 * doubt_ns;
	if (whole->own_ns > SIGNIFICANT * doubt_ns) {
		whole->doubt = doubt_ns / whole->own_ns;
	} else if (closed_ns > CLOSED_PART * least_ns) {
		whole->own_ns = LEAST_PART * least_ns;
		whole->doubt = LEAST_DOUBT;
	} else {
		whole->doubt = NOTHING;
	}
}

/* Everything that the windows of set I of LOG say together. 0 or -ENOMEM. */
static int whole_of(const struct window_log *log, size_t i, struct whole *whole)
{
	const struct window_set *set = window_log__set(log, i);

	*whole = (struct whole){.set = i, .hits = calloc(set->n + 1ul, sizeof(*whole->hits))};
	if (!whole->hits)
		return -ENOMEM;
	measure(set, whole);
	for (uint32_t b = 0; b < set->n_sums; b++)
		for (uint32_t e = 0; e < 2 * set->n; e++)
			whole->hits[e / 2] += (double)set->sums[b].counts[e];
	return 0;
}

/* Whether more can be known of the set's own time than was measured. */
static bool is_doubtful(const struct whole *whole)
{
	return whole->doubt >= CERTAIN && whole->price_ns > 0;
}

/* A site of a set whose rate is known from other sets. */
struct anchor {
	double rate, variance; /* of the hits that the rate rests on */
	double doubt;	       /* that its scale has */
	double hits;	       /* in the set at hand */
};

static int compare_anchors(const void *x, const void *y)
{
	const struct anchor *a = x, *b = y;

	return (a->doubt > b->doubt) - (a->doubt < b->doubt);
}

/* Lists the set's anchors, those with the best known scale first. ANCHORS has room for all sites of the set. */
static uint32_t list_anchors(const struct window_set *set, const struct whole *whole, const struct rate *rates,
			     struct anchor *anchors)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct rate *known = &rates[set->sites[i]];
		double rate;

		if (known->weight <= 0 || known->sum <= 0)
			continue;
		rate = known->sum / known->weight;
		anchors[n++] = (struct anchor){
			.rate = rate,
			.variance = rate * rate / fmax(known->hits, 1),
			.doubt = known->doubt / known->weight,
			.hits = whole->hits[i],
		};
	}
	qsort(anchors, n, sizeof(*anchors), compare_anchors);
	return n;
}

/*
 * What the anchors of the set say of its own time: *OWN_NS, with the relative doubt that is returned; NOTHING if there
 * are none. Those with the best known scale may be hit too seldom, and those that are hit often may be known badly: so
 * many are taken, in the order of their doubt, that the result is the best.
 */
static double ask_anchors(const struct anchor *anchors, uint32_t n, double *own_ns)
{
	double hits = 0, sum = 0, variance = 0, doubt = 0, best = NOTHING;

	for (uint32_t i = 0; i < n; i++) {
		double all;

		hits += anchors[i].hits;
		sum += anchors[i].rate;
		variance += anchors[i].variance;
		doubt += anchors[i].rate * anchors[i].doubt;
		if (hits < FEWEST_HITS)
			continue;
		all = sqrt(1 / hits + (variance + doubt * doubt) / (sum * sum));
		if (all >= best)
			continue;
		best = all;
		*own_ns = hits / sum;
	}
	return best;
}

/*
 * The relative standard deviation that rates of the set have because it has seen the program at a few moments only, and
 * programs work in phases. A few windows do not tell it themselves.
 */
static double phase_doubt(const struct window_set *set, const struct whole *whole, double own_ns, double doubt)
{
	double rate = 0, squares = 0, windows = window_set__windows(set), spread = PHASES;

	for (uint32_t i = 0; i < set->n; i++)
		rate += whole->hits[i] / own_ns;
	for (uint32_t b = 0; b < set->n_sums; b++) {
		const struct window_sum *sum = &set->sums[b];
		double hits = 0, off;

		for (uint32_t i = 0; i < 2 * set->n; i++)
			hits += (double)sum->counts[i];
		off = sum->own_ns > 0 && rate > 0 ? hits / sum->own_ns / rate - 1 : 1;
		squares += off * off;
	}
	if (set->n_sums >= ENOUGH_WINDOWS && doubt < WELL_KNOWN)
		spread = sqrt(squares / (set->n_sums - 1));
	return windows > 0 ? spread / sqrt(windows) : PHASES;
}

/* Notes the rates of the sites of a set whose own time is OWN_NS, with the relative DOUBT. */
static void learn(const struct window_set *set, const struct whole *whole, double own_ns, double doubt,
		  struct rate *rates)
{
	double weight;

	if (own_ns <= 0)
		return;
	doubt = hypot(doubt, phase_doubt(set, whole, own_ns, doubt));
	weight = own_ns / (1 + doubt * doubt / (GOOD_DOUBT * GOOD_DOUBT));
	for (uint32_t i = 0; i < set->n; i++) {
		struct rate *rate = &rates[set->sites[i]];

		rate->sum += weight * whole->hits[i] / own_ns;
		rate->weight += weight;
		rate->hits += whole->hits[i];
		rate->doubt += weight * doubt;
	}
}

/* What its instructions take, by which a window has a part of the own time of its set. */
static double executed_in(const struct window_sum *sum)
{
	return sum->least_ns + LEAST_PRICE * sum->price_ns;
}

/*
 * The part of one window if each of its instructions takes FACTOR: but not less or more than what was measured, since
 * the targets may also have been elsewhere in it.
 */
static double bounded_part(const struct window_sum *sum, double factor)
{
	double most_ns = fmax(sum->own_ns, 0) + 2 * sum->doubt_ns;

	return fmax(fmin(factor * executed_in(sum), most_ns), sum->own_ns - 2 * sum->doubt_ns);
}

/*
 * The factor with which all parts together are OWN_NS, or nearest to it. Windows that seem long by chance must not
 * leave the others next to nothing: their rates would be beyond all measure.
 */
static double factor_of(const struct window_sum *sums, uint32_t n, double own_ns)
{
	double low = 0, high = 1, all = 0;

	for (uint32_t b = 0; b < n; b++) {
		if (executed_in(&sums[b]) <= 0) /* nothing was hit in it */
			continue;
		high = fmax(high, own_ns / executed_in(&sums[b]));
		all += executed_in(&sums[b]);
	}
	if (all > 0)
		low = LEAST_FACTOR * own_ns / all;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2, sum = 0;

		for (uint32_t b = 0; b < n; b++)
			sum += bounded_part(&sums[b], middle);
		*(sum < own_ns ? &low : &high) = middle;
	}
	return high;
}

/*
 * Divides OWN_NS, whose relative doubt is DOUBT, among the windows of the set: as it was measured, if that is known
 * well of the whole set; else by the instructions that were executed. 0 or -ENOMEM.
 */
static int divide(struct window_sum *sums, const struct window_set *set, const struct whole *whole, double own_ns,
		  double doubt)
{
	uint32_t n = set->n_sums;
	double *parts = calloc(n + 1ul, sizeof(*parts)), all = 0, windows = window_set__windows(set);
	double factor = factor_of(sums, n, own_ns);

	if (!parts)
		return -ENOMEM;
	for (uint32_t b = 0; b < n; b++) {
		if (whole->doubt < WELL_KNOWN)
			parts[b] = fmax(sums[b].own_ns, LEAST_SHARE * whole->own_ns * sums[b].windows / windows);
		else
			parts[b] = bounded_part(&sums[b], factor);
		all += parts[b];
	}
	for (uint32_t b = 0; all > 0 && b < n; b++) {
		sums[b].own_ns = own_ns * parts[b] / all;
		sums[b].doubt_ns = doubt * sums[b].own_ns;
		sums[b].judged = true;
	}
	free(parts);
	return 0;
}

/* What is to be found out: the state of the correction. */
struct scales {
	struct window_log *log;
	struct rate *rates; /* of all sites, by the sets that are done */
	struct whole *wholes;
	struct anchor *anchors; /* of one set */
	size_t n;
	size_t done; /* the first sets of WHOLES are */
};

/*
 * The set's own time and its relative doubt, by what was measured and what its anchors say. The anchors' rates are
 * those of the whole run, and the set's windows were in a few of its phases.
 */
static void judge(const struct scales *scales, const struct whole *whole, double *own_ns, double *doubt)
{
	const struct window_set *set = window_log__set(scales->log, whole->set);
	double anchored, by_anchors_ns = 0, trust;

	*own_ns = whole->own_ns;
	*doubt = whole->doubt;
	if (!is_doubtful(whole))
		return;
	anchored =
		ask_anchors(scales->anchors, list_anchors(set, whole, scales->rates, scales->anchors), &by_anchors_ns);
	if (anchored >= NOTHING) {
		if (whole->doubt >= NOTHING && whole->most_ns > 0) {
			*own_ns = whole->most_ns / 2;
			*doubt = UNKNOWN_DOUBT;
		}
		return;
	}
	anchored = hypot(anchored, PHASES / sqrt(window_set__windows(set)));
	trust = *doubt * *doubt / (*doubt * *doubt + anchored * anchored);
	*own_ns = *own_ns > 0 ? exp(trust * log(by_anchors_ns) + (1 - trust) * log(*own_ns)) : by_anchors_ns;
	*own_ns = fmin(*own_ns, whole->most_ns);
	*doubt = anchored * *doubt / hypot(anchored, *doubt);
}

/* Corrects the one of the sets that are left whose own time is known best. 0 or -ENOMEM. */
static int correct_next(struct scales *scales)
{
	size_t best = scales->done;
	double own_ns = 0, doubt = INFINITY;
	const struct window_set *set;
	struct whole whole;
	int err = 0;

	for (size_t i = scales->done; i < scales->n; i++) {
		double its_own_ns, its_doubt;

		judge(scales, &scales->wholes[i], &its_own_ns, &its_doubt);
		if (its_doubt >= doubt)
			continue;
		best = i;
		own_ns = its_own_ns;
		doubt = its_doubt;
	}
	whole = scales->wholes[best];
	scales->wholes[best] = scales->wholes[scales->done];
	scales->wholes[scales->done++] = whole;
	set = window_log__set(scales->log, whole.set);
	if (own_ns > 0 && is_doubtful(&whole))
		err = divide(window_log__sums(scales->log, whole.set), set, &whole, own_ns, doubt);
	learn(set, &whole, own_ns, doubt, scales->rates);
	return err;
}

int window_scales__correct(struct window_log *log, uint32_t n_sites)
{
	struct scales scales = {.log = log, .n = window_log__n_sets(log)};
	int err;

	scales.wholes = calloc(scales.n + 1, sizeof(*scales.wholes));
	scales.rates = calloc(n_sites + 1ul, sizeof(*scales.rates));
	scales.anchors = calloc(n_sites + 1ul, sizeof(*scales.anchors));
	err = scales.wholes && scales.rates && scales.anchors ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < scales.n; i++)
		err = whole_of(log, i, &scales.wholes[i]);
	while (!err && scales.done < scales.n)
		err = correct_next(&scales);
	for (size_t i = 0; scales.wholes && i < scales.n; i++)
		free(scales.wholes[i].hits);
	free(scales.wholes);
	free(scales.rates);
	free(scales.anchors);
	return err;
}

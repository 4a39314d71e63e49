// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Rates. Each set of windows tells the rates of its sites' edges per own time of the target (window_rates.c). Times the
 * own time of the run they are totals.
 *
 * Scale. In a gentle window, own time is known within a per cent or two. In a violent one, whose probes took most of
 * the time, it is hardly known: there only the ratios of rates are right. So sets are taken in the order of their
 * doubt. What a set and those before it have both seen tells how wrong its times are:
 *
 *     off = logarithm of (sum of the set's rates of these edges / sum of their rates by the sets before)
 *
 * The price that the set's times were computed with is shifted until OFF is as near to 0 as it is told well, by inverse
 * variance: the shift itself should not be many standard deviations, and OFF should be none of its own, which are those
 * of the windows' small numbers. OFF is of sums of rates, since the mean of the ratios of small numbers has a bias.
 * Where several sets have an edge, they are averaged by how many moments of the program they have seen, how many hits
 * the edge makes in the own time that they cover, and how well their scale is known. By inverse variances of the counts
 * themselves the mean would be biased, since a rate that happens to be low has a low variance; and by own time alone,
 * one window that fell into a moment without hits would count for more than many that were short because they were full
 * of them.
 *
 * Flow. What goes into a site comes out of it, unless it is entered by a root, or calls do not return (plan_flow.h).
 * flow_fit.c finds the rates that obey this and are nearest to the measured ones. The net of a site, entries less calls
 * that did not return, is measured as well, by windows that have the site and all that lead to it: there hits and
 * departures are counted at the same time, so their difference is exact though both vary from window to window. Where
 * no window tells the net, it is taken for 0 unless hits and departures differ by more than their errors.
 *
 * A variance that is told by few hits is small when the rate happens to be low. So after a first fit, each variance is
 * corrected by the ratio of the fitted rate to the measured one, and the fit is repeated.
 *
 * Arrivals. Windows count departures only. How often control came to the end of an edge with a call on its path follows
 * from the fit: the calls that did not return, divided among the edges with calls that lead to the site in proportion
 * to their departures. On an edge that does not end at a site, nothing tells; every call is taken to return.
 *
 * Intervals. The groups of windows, which each cover the whole run, are left out in turn, and all is computed again
 * (the jackknife that deletes groups). So whatever is computed from the edges has an interval that respects how they
 * vary together. What is wrong in the same way in all windows does not show in that: the price of a hit. The variant
 * TOTALS_DEARER has all rates as high as they are if hits have cost two standard deviations more: an own time that is
 * little more than its doubt may be nearly none, so the rates can be higher by much more than they can be lower. Nor
 * does it show in that what was never seen: when nothing was hit in the windows, up to three hits were to be expected
 * there (with less than that, chances of seeing none are above 5 %), which is what TOTALS_HIDDEN adds. An edge whose
 * site was in no window can have as much as the site is passed by what is known of its neighbours.
 */
#include "budget/totals.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "budget/flow_fit.h"
#include "budget/plan_flow.h"
#include "budget/student.h"

/* The variants that are computed from windows; TOTALS_HIDDEN is derived from the best one. */
#define MEASURED TOTALS_HIDDEN

/* Expected hits with which the chance of seeing none is 5 %. */
#define ESCAPED 3.0

/* Standard deviations by which hits and departures must differ until the difference is believed. */
#define BELIEVED 2.5

/* Relative deviation by which the scales of hits and departures differ at most. */
#define MOST_APART 0.5

/* Relative standard deviation of the rates of single windows, since programs work in phases. */
#define PHASES 2.0

/* A rate is not taken to be told by less hits than that. */
#define FEWEST_HITS 1.0

/* The shift of a price is at most so many standard deviations, and found in so many rounds. */
#define MOST_SHIFT 4.0
#define ROUNDS	   4

/* What is known of an edge or of a net. */
struct known {
	double sums[MEASURED]; /* of rate times weight, in each variant */
	double weights[MEASURED];
	double square; /* sum of variance times weight^2, in the best variant */
	double scale;  /* sum of relative doubt of the scale times weight, likewise */
	double time;   /* own time that was covered */
	bool hit;      /* in any window */
};

struct estimate {
	const struct totals_body *body;
	struct plan_flow flow;
	uint32_t n_sites;
	struct window_rates *sets;
	size_t n_sets;
	struct known *known;   /* 2 for each site, then one net for each site */
	struct flow_arc *arcs; /* likewise */
	double *flows;	       /* of the arcs of one variant */
	double *best;	       /* of the best variant */
	double *potentials;
	double *variances; /* of the arcs in all variants in which something is known of them */
	double unknown;	   /* variance of what nothing tells */
};

static double value_of(const struct known *known, unsigned variant)
{
	return known->weights[variant] > 0 ? known->sums[variant] / known->weights[variant] : 0;
}

static double variance_of(const struct known *known)
{
	double weight = known->weights[TOTALS_BEST];

	return weight > 0 ? known->square / (weight * weight) : 0;
}

static double scale_of(const struct known *known)
{
	return known->weights[TOTALS_BEST] > 0 ? known->scale / known->weights[TOTALS_BEST] : 0;
}

/* How a set's rates are to be changed, in each variant, and how doubtful the result is. */
struct scale {
	double factors[MEASURED]; /* the set's rates are too large by that */
	double doubt;		  /* relative standard deviation */
};

/*
 * How many times higher the rates of SET are if its own time is less by twice its relative standard deviation. That of
 * a judged time is of its logarithm.
 */
static double dearer(const struct window_rates *set)
{
	if (set->judged)
		return exp(2 * set->doubt);
	return set->doubt < 0.4 ? 1 / (1 - 2 * set->doubt) : fmax(5, exp(2 * set->doubt));
}

/* The rate of COLUMN of SET in VARIANT. The windows that are left for it must cover some time. */
static double rate_of(const struct window_rates *set, uint32_t column, unsigned variant)
{
	unsigned row = variant >= TOTALS_REPLICATE && variant < TOTALS_DEARER ? 1 + variant - TOTALS_REPLICATE : 0;
	double sum = set->sums[column], time = set->times[0];

	if (row) {
		sum -= set->sums[(size_t)row * set->n_columns + column];
		time -= set->times[row];
	}
	return sum / time * (variant == TOTALS_DEARER ? dearer(set) : 1);
}

/* Whether windows of SET are left in VARIANT. */
static bool is_left(const struct window_rates *set, unsigned variant)
{
	if (variant < TOTALS_REPLICATE || variant >= TOTALS_DEARER)
		return true;
	return set->times[0] - set->times[1 + variant - TOTALS_REPLICATE] > 1e-9 * set->times[0];
}

static struct known *known_of(const struct estimate *it, const struct window_rates *set, uint32_t column)
{
	return column < 2 * set->n_sites ? &it->known[2 * set->sites[column / 2] + column % 2]
					 : &it->known[2 * it->n_sites + set->nets[column - 2 * set->n_sites]];
}

/* What a set and those before it say of the edges that both have seen. */
struct comparison {
	double mine[MEASURED], theirs[MEASURED]; /* sums of rates */
	double variance;			 /* of the logarithm of the best mine / theirs */
	double doubt;				 /* of the scale of theirs */
};

/* Returns whether there is anything to compare. */
static bool compare(const struct estimate *it, const struct window_rates *set, struct comparison *out)
{
	double least;

	*out = (struct comparison){.variance = 0};
	for (uint32_t c = 0; c < 2 * set->n_sites; c++) {
		const struct known *known = known_of(it, set, c);
		double value = value_of(known, TOTALS_BEST);

		if (value <= 0)
			continue;
		for (unsigned v = 0; v < MEASURED; v++) {
			if (!is_left(set, v) || known->weights[v] <= 0)
				continue;
			out->mine[v] += rate_of(set, c, v);
			out->theirs[v] += value_of(known, v);
		}
		out->variance += set->variances[c] + variance_of(known);
		out->doubt += value * scale_of(known);
	}
	/* In proportion to the smaller of the two sums, so that few hits are worth little. */
	least = fmin(out->mine[TOTALS_BEST], out->theirs[TOTALS_BEST]);
	if (least <= 0)
		return false;
	out->variance /= least * least;
	out->doubt /= out->theirs[TOTALS_BEST];
	return true;
}

/* Finds the scale of SET, and shifts the price of its hits accordingly. 0 or -ENOMEM. */
static int find_scale(const struct estimate *it, struct window_rates *set, struct scale *scale)
{
	struct comparison both;
	double shift = 0, own = set->doubt, trust = 0;

	for (unsigned v = 0; v < MEASURED; v++)
		scale->factors[v] = 1;
	scale->doubt = set->doubt;
	if (set->doubt <= 0 || set->judged || !compare(it, set, &both))
		return 0;
	for (int round = 0; round < ROUNDS; round++) {
		double off = log(both.mine[TOTALS_BEST] / both.theirs[TOTALS_BEST]);

		own = set->doubt;
		trust = own * own / (own * own + both.variance);
		/* The logarithms of rates rise by OWN for each 1 of the shift. */
		shift = trust * (shift - off / own);
		shift = fmin(fmax(shift, -MOST_SHIFT), MOST_SHIFT);
		if (window_rates__shift(set, shift))
			return -ENOMEM;
		compare(it, set, &both);
	}
	for (unsigned v = TOTALS_BEST + 1; v < MEASURED; v++)
		if (both.mine[v] > 0 && both.theirs[v] > 0)
			scale->factors[v] = exp(trust * (log(both.mine[v] / both.theirs[v]) -
							 log(both.mine[TOTALS_BEST] / both.theirs[TOTALS_BEST])));
	scale->doubt = trust * both.doubt + (1 - trust) * own;
	return 0;
}

/*
 * What a column of SET is worth beside what is KNOWN: the inverse of the relative variance of its rate. That rate was
 * seen in so many windows, which may have missed phases, and for so much TIME, in which it makes so many hits. DOUBT is
 * that of the logarithm of the time. The rate is that of the sets before, since a low one would be thought to be known
 * well.
 */
static double weight_of(const struct window_rates *set, const struct known *known, uint32_t column, double time,
			double doubt)
{
	double rate = value_of(known, TOTALS_BEST);
	double hits = time * fabs(rate > 0 ? rate : rate_of(set, column, TOTALS_BEST));
	double square = doubt * doubt;

	return 1 / (PHASES * PHASES / window_set__windows(set->set) + 1 / fmax(hits, FEWEST_HITS) +
		    exp(square) * expm1(square));
}

/* Adds what SET tells of one of its columns. */
static void add_column(const struct window_rates *set, const struct scale *scale, uint32_t column, struct known *known)
{
	double factor = scale->factors[TOTALS_BEST], time = set->own_ns * factor;
	double weight = weight_of(set, known, column, time, scale->doubt);

	for (unsigned v = 0; v < MEASURED; v++) {
		if (!is_left(set, v))
			continue;
		known->sums[v] += weight * rate_of(set, column, v) / scale->factors[v];
		known->weights[v] += weight;
	}
	known->square += weight * weight * set->variances[column] / (factor * factor);
	known->scale += weight * scale->doubt;
	known->time += time;
	known->hit |= set->sums[column] != 0;
}

static int compare_doubts(const void *x, const void *y)
{
	const struct window_rates *a = x, *b = y;

	return (a->doubt > b->doubt) - (a->doubt < b->doubt);
}

static int compute_sets(struct estimate *it, const struct window_log *log)
{
	size_t n = window_log__n_sets(log);

	it->sets = calloc(n + 1, sizeof(*it->sets));
	if (!it->sets)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct window_rates *set = &it->sets[it->n_sets];
		/* Sets that have few windows must not all have them in the same groups. */
		unsigned group = (unsigned)(3 * it->n_sets);
		int err = window_rates__init(set, &it->flow, it->body->first_site, window_log__set(log, i), group);

		if (err || !set->n_columns)
			window_rates__release(set);
		else
			it->n_sets++;
		if (err)
			return err;
	}
	qsort(it->sets, it->n_sets, sizeof(*it->sets), compare_doubts);
	return 0;
}

static int combine_sets(struct estimate *it)
{
	int err = 0;

	for (size_t i = 0; !err && i < it->n_sets; i++) {
		struct window_rates *set = &it->sets[i];
		struct scale scale;

		err = find_scale(it, set, &scale);
		for (uint32_t c = 0; c < set->n_columns; c++)
			add_column(set, &scale, c, known_of(it, set, c));
	}
	return err;
}

/* Makes the network: which arc leads where. */
static void make_arcs(struct estimate *it)
{
	const struct plan *plan = it->body->plan;
	double most = 0;

	for (uint32_t e = 0; e < 2 * it->n_sites; e++) {
		uint32_t next = plan->sites[e / 2].next[e % 2];
		double rate = value_of(&it->known[e], TOTALS_BEST);

		it->arcs[e] = (struct flow_arc){
			.from = e / 2,
			.to = next < it->n_sites ? next : FLOW_FIT_OUTSIDE,
		};
		most = rate > most ? rate : most;
	}
	it->unknown = 100 * most * most;
	for (uint32_t s = 0; s < it->n_sites; s++)
		it->arcs[2 * it->n_sites + s] = (struct flow_arc){
			.from = it->flow.rooted[s] ? FLOW_FIT_OUTSIDE : s,
			.to = it->flow.rooted[s] ? s : FLOW_FIT_OUTSIDE,
			.may_be_reverse = it->flow.rooted[s] && it->flow.called[s],
		};
}

/* Nets are measured as hits less departures. Where only calls are lost, the arc goes the other way. */
static double net_sign(const struct estimate *it, uint32_t site)
{
	return it->flow.rooted[site] ? 1 : -1;
}

/*
 * The square of how much of EDGE may be taken for a part of a net by chance. The scale is mostly wrong in the same way
 * for hits and departures, so no more than a part of its doubt counts.
 */
static double chance_of(const struct estimate *it, uint32_t edge)
{
	const struct known *known = &it->known[edge];
	double apart = fmin(scale_of(known), MOST_APART) * value_of(known, TOTALS_BEST);

	if (known->weights[TOTALS_BEST] <= 0)
		return BELIEVED * BELIEVED * it->unknown;
	return BELIEVED * BELIEVED * variance_of(known) + apart * apart;
}

/* The square of what of the net of SITE may be by chance. */
static double chance_by_edges(const struct estimate *it, uint32_t site)
{
	double chance = chance_of(it, 2 * site) + chance_of(it, 2 * site + 1);

	for (uint32_t k = it->flow.in_first[site]; k < it->flow.in_first[site + 1]; k++)
		chance += chance_of(it, it->flow.in[k]);
	return chance;
}

/* What the edges' values say of the net of SITE. */
static double net_by_edges(const struct estimate *it, uint32_t site)
{
	double net = it->arcs[(size_t)2 * site].value + it->arcs[(size_t)2 * site + 1].value;

	for (uint32_t k = it->flow.in_first[site]; k < it->flow.in_first[site + 1]; k++)
		net -= it->arcs[it->flow.in[k]].value;
	return net;
}

/* Variances of the edges and of the measured nets. */
static void set_variances(struct estimate *it)
{
	for (uint32_t i = 0; i < 3 * it->n_sites; i++) {
		const struct known *known = &it->known[i];
		double scale = scale_of(known) * value_of(known, TOTALS_BEST);

		it->variances[i] = it->unknown;
		if (known->weights[TOTALS_BEST] > 0)
			it->variances[i] = variance_of(known) + scale * scale;
		it->arcs[i].value = value_of(known, TOTALS_BEST);
	}
}

/* NET as the flow of the site's arc, which goes one way only where entries and lost calls are not mixed. */
static double net_flow(const struct estimate *it, uint32_t site, double net)
{
	net *= net_sign(it, site);
	return it->arcs[2 * it->n_sites + site].may_be_reverse || net > 0 ? net : 0;
}

/* Decides whether the net of each site that no window tells is free or 0, which then holds in all variants. */
static void judge_nets(struct estimate *it)
{
	for (uint32_t s = 0; s < it->n_sites; s++) {
		uint32_t i = 2 * it->n_sites + s;
		bool alone = it->flow.in_first[s] == it->flow.in_first[s + 1];
		double net;

		if (!plan_flow__has_net(&it->flow, s)) {
			it->variances[i] = 0;
		} else if (it->known[i].weights[TOTALS_BEST] <= 0 || alone) {
			net = net_flow(it, s, net_by_edges(it, s));
			it->variances[i] = alone || net * net > chance_by_edges(it, s) ? it->unknown : 0;
		}
	}
}

static void set_edges(struct estimate *it, unsigned variant)
{
	for (uint32_t e = 0; e < 2 * it->n_sites; e++) {
		it->arcs[e].value = value_of(&it->known[e], variant);
		it->arcs[e].variance = it->known[e].weights[variant] > 0 ? it->variances[e] : it->unknown;
	}
}

/* After set_edges(). */
static void set_nets(struct estimate *it, unsigned variant)
{
	for (uint32_t s = 0; s < it->n_sites; s++) {
		struct flow_arc *arc = &it->arcs[2 * it->n_sites + s];
		const struct known *known = &it->known[2 * it->n_sites + s];
		double net = 0;

		arc->variance = it->variances[2 * it->n_sites + s];
		if (known->weights[variant] > 0) {
			net = value_of(known, variant);
		} else if (arc->variance > 0) {
			net = net_by_edges(it, s);
			arc->variance = it->unknown;
		}
		arc->value = plan_flow__has_net(&it->flow, s) ? net_flow(it, s, net) : 0;
	}
}

static int fit(struct estimate *it)
{
	return flow_fit__solve(it->arcs, (size_t)3 * it->n_sites, it->n_sites, it->potentials, it->flows);
}

/* A low rate has a low variance by accident: scales each edge's variance by what the fit says of its rate. */
static void correct_variances(struct estimate *it)
{
	for (uint32_t e = 0; e < 2 * it->n_sites; e++) {
		double rate = it->arcs[e].value, ratio;

		if (rate <= 0 || it->known[e].weights[TOTALS_BEST] <= 0)
			continue;
		ratio = it->flows[e] / rate;
		it->variances[e] *= ratio < 0.25 ? 0.25 : ratio > 4 ? 4 : ratio;
	}
}

/* The part of the calls on edges to SITE that returned. */
static double returned(const struct estimate *it, uint32_t site)
{
	double net = net_sign(it, site) * it->flows[2 * it->n_sites + site], departures = 0;

	for (uint32_t k = it->flow.in_first[site]; k < it->flow.in_first[site + 1]; k++) {
		uint32_t e = it->flow.in[k];

		if (it->body->plan->sites[e / 2].called[e % 2])
			departures += it->flows[e];
	}
	if (net >= 0 || departures <= 0)
		return 1;
	return -net < departures ? 1 + net / departures : 0;
}

static void write_edges(const struct estimate *it, struct totals_edge *edges)
{
	const struct plan *plan = it->body->plan;

	for (uint32_t e = 0; e < 2 * it->n_sites; e++) {
		uint32_t next = plan->sites[e / 2].next[e % 2];
		double arrived = next < it->n_sites && plan->sites[e / 2].called[e % 2] ? returned(it, next) : 1;

		edges[e].departures = it->flows[e] * it->body->own_ns;
		edges[e].arrivals = edges[e].departures * arrived;
	}
}

/* How many departures of edge E per own time may have escaped the windows. */
static double escaped(const struct estimate *it, uint32_t e)
{
	const struct known *known = &it->known[e];
	uint32_t s = e / 2;

	if (known->time > 0)
		return known->hit ? 0 : ESCAPED / known->time;
	return it->best[(size_t)2 * s] + it->best[(size_t)2 * s + 1];
}

static void write_hidden(const struct estimate *it, const struct totals_edge *best, struct totals_edge *edges)
{
	for (uint32_t e = 0; e < 2 * it->n_sites; e++) {
		double more = escaped(it, e) * it->body->own_ns;

		edges[e].departures = best[e].departures + more;
		edges[e].arrivals = best[e].arrivals + more;
	}
}

static int estimate_variants(struct estimate *it, struct totals_edge *edges)
{
	size_t n = (size_t)2 * it->n_sites;
	int err;

	make_arcs(it);
	set_variances(it);
	judge_nets(it);
	set_edges(it, TOTALS_BEST);
	set_nets(it, TOTALS_BEST);
	err = fit(it);
	correct_variances(it);
	for (unsigned v = 0; !err && v < MEASURED; v++) {
		set_edges(it, v);
		set_nets(it, v);
		err = fit(it);
		if (err)
			break;
		write_edges(it, edges + v * n);
		if (v == TOTALS_BEST)
			memcpy(it->best, it->flows, 3 * (size_t)it->n_sites * sizeof(*it->best));
	}
	if (!err)
		write_hidden(it, edges, edges + TOTALS_HIDDEN * n);
	return err;
}

static int init(struct estimate *it, const struct totals_body *body)
{
	size_t n = (size_t)3 * body->plan->n_sites + 1;

	*it = (struct estimate){.body = body, .n_sites = body->plan->n_sites};
	it->known = calloc(n, sizeof(*it->known));
	it->arcs = calloc(n, sizeof(*it->arcs));
	it->flows = calloc(n, sizeof(*it->flows));
	it->best = calloc(n, sizeof(*it->best));
	it->potentials = calloc(n, sizeof(*it->potentials));
	it->variances = calloc(n, sizeof(*it->variances));
	if (plan_flow__init(&it->flow, body->plan))
		return -ENOMEM;
	return it->known && it->arcs && it->flows && it->best && it->potentials && it->variances ? 0 : -ENOMEM;
}

static void release(struct estimate *it)
{
	plan_flow__release(&it->flow);
	for (size_t i = 0; i < it->n_sets; i++)
		window_rates__release(&it->sets[i]);
	free(it->sets);
	free(it->known);
	free(it->arcs);
	free(it->flows);
	free(it->best);
	free(it->potentials);
	free(it->variances);
}

int totals__estimate(const struct totals_body *body, const struct window_log *log, struct totals_edge *edges)
{
	struct estimate it;
	int err = init(&it, body);

	memset(edges, 0, (size_t)TOTALS_VARIANTS * 2 * body->plan->n_sites * sizeof(*edges));
	if (!err)
		err = compute_sets(&it, log);
	if (!err && !it.n_sets)
		err = -ENODATA;
	if (!err)
		err = combine_sets(&it);
	if (!err)
		err = estimate_variants(&it, edges);
	release(&it);
	return err;
}

double totals__uncertainty(const double values[TOTALS_VARIANTS])
{
	double largest = 0, sum = 0, more = values[TOTALS_DEARER] - values[TOTALS_BEST];
	double hidden = values[TOTALS_HIDDEN] - values[TOTALS_BEST], t;
	unsigned differ = 0;

	for (unsigned g = 0; g < TOTALS_REPLICATES; g++) {
		double off = values[TOTALS_REPLICATE + g] - values[TOTALS_BEST];

		sum += off * off;
		largest = off * off > largest ? off * off : largest;
	}
	/* A figure that few groups have seen has few degrees of freedom, and the mean is over these groups only. */
	for (unsigned g = 0; g < TOTALS_REPLICATES; g++) {
		double off = values[TOTALS_REPLICATE + g] - values[TOTALS_BEST];

		differ += off * off > 0.02 * largest;
	}
	t = student__t(differ ? differ - 1 : 0);
	if (differ > 1)
		sum *= (differ - 1.0) / differ;
	return sqrt(t * t * sum + more * more + hidden * hidden);
}

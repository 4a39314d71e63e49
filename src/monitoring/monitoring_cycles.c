// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_cycles.h"

#include <math.h>
#include <stdbool.h>

#include "budget/student.h"
#include "monitoring/sane.h"

#define MOST_STRETCH  1e3
#define LEAST_DOUBT   0.01 /* of the hits: cycles of a kind that is rare may have escaped */
#define SETTLED_DOUBT 0.1
#define STRETCH_DOUBT 0.5

/* Of prices: */
#define FEW_CALLS   4
#define CALLS_DOUBT 0.02 /* calls never tell them more precisely than that, */
#define LINES_DOUBT 0.08 /* and so much lines differ among each other */
#define LOWEST	    0.5
#define HIGHEST	    4.0

bool monitoring_cycles__tell(const struct monitoring_cycles *cycles)
{
	return cycles->windows->referred && sane__sum(cycles->windows->references, SANE_ALL_GROUPS) > 0;
}

/* How often the reference was hit since it is that. */
static double references(const struct monitoring_cycles *cycles)
{
	uint64_t hits = cycles->references, before = cycles->windows->referred_hits;

	return hits > before ? sane__number((double)(hits - before)) : 0;
}

/* The function's whole time in the budget, as a multiple of COVERED_NS, of which something is known. */
static double stretch(const struct monitoring_cycles *cycles, double covered_ns)
{
	double all_ns = sane__number(cycles->own_ns - sane__number(cycles->windows->since_ns));

	return covered_ns > 0 ? fmin(fmax(all_ns / covered_ns, 1), MOST_STRETCH) : 1;
}

static double referred_ns(const struct monitoring_cycles *cycles)
{
	return sane__number(cycles->own_ns - sane__number(cycles->windows->referred_ns));
}

/* Hits of the line for each hit of the reference. */
static double ratio(const struct monitoring_cycles *cycles, uint32_t line, uint32_t left_out)
{
	double n = sane__sum(cycles->windows->references, left_out);

	return n > 0 ? sane__sum(cycles->windows->lines[line].cycle_hits, left_out) / n : 0;
}

/* The half width of the 95 % interval of that, by the spread of the ratios that each leave out one group. */
static double spread(const struct monitoring_cycles *cycles, uint32_t line)
{
	double replicates[LPROF_SHIM_GROUPS], middle = 0, squares = 0;
	unsigned n = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
		if (sane__number(cycles->windows->references[g]) <= 0)
			continue;
		replicates[n] = ratio(cycles, line, g);
		middle += replicates[n++];
	}
	if (n < 2)
		return ratio(cycles, line, SANE_ALL_GROUPS);
	for (unsigned i = 0; i < n; i++)
		squares += (replicates[i] - middle / n) * (replicates[i] - middle / n);
	return student__t(n - 1) * sqrt(squares * (n - 1) / n);
}

struct python_total monitoring_cycles__hits(const struct monitoring_cycles *cycles, uint32_t line)
{
	const struct lprof_shim_sampled *sampled = &cycles->windows->lines[line];
	uint64_t hits = cycles->function->lines[line].hits;
	double counted = hits > sampled->first.hits ? sane__number((double)(hits - sampled->first.hits)) : 0;
	double n = references(cycles), each = ratio(cycles, line, SANE_ALL_GROUPS),
	       settled = sane__number(sampled->settled);
	double more = stretch(cycles, referred_ns(cycles) + sane__number(cycles->windows->settled_ns));
	double all = more * (n * each + settled);
	struct python_total total = {.estimated = true};

	if (sampled->is_open)
		return (struct python_total){0};
	total.hits = sane__number(all - counted);
	/* The last cycle may be under way. */
	total.uncertainty = hypot(hypot(more * n * spread(cycles, line), more * SETTLED_DOUBT * settled),
				  hypot(LEAST_DOUBT * all + each, STRETCH_DOUBT * (1 - 1 / more) * all));
	total.uncertainty = sane__number(total.uncertainty);
	total.unseen = sane__number(SANE_UNSEEN * n / sane__sum(cycles->windows->references, SANE_ALL_GROUPS));
	if (all <= 0)
		total.uncertainty = total.unseen;
	return total;
}

/* What the function's lines have taken in cycles, and what their events cost, in ticks. */
static void sum_cycles(const struct monitoring_cycles *cycles, double *ticks, double *cost)
{
	*ticks = *cost = 0;
	for (uint32_t i = 0; i < cycles->windows->n_lines; i++) {
		*ticks += sane__number(cycles->windows->lines[i].cycle_ticks);
		*cost += sane__number(cycles->windows->lines[i].cycle_cost);
	}
}

/*
 * The variance of the difference between N calls that were timed and the CALLS in cycles comes from the spread of the
 * former: what the latter took says little, since most of that is what events cost.
 */
struct monitoring_price monitoring_cycles__price(const struct monitoring_cycles *cycles)
{
	const struct lprof_shim_windows *windows = cycles->windows;
	struct monitoring_price price = {MONITORING_USUAL_PRICE, MONITORING_USUAL_DOUBT};
	double calls = sane__sum(windows->lines[0].cycle_hits, SANE_ALL_GROUPS), n = windows->n_calls, ticks, cost;
	double mean = n > 0 ? sane__number(windows->call_ticks) / n : 0, variance, told, doubt, weight;

	sum_cycles(cycles, &ticks, &cost);
	if (n < FEW_CALLS || calls <= 0 || mean <= 0 || cost <= 0)
		return price;
	variance = sane__number(sane__number(windows->call_squares) / n - mean * mean);
	told = fmin(fmax((ticks - calls * mean) / cost, LOWEST), HIGHEST);
	doubt = hypot(calls * sqrt(variance * (1 / n + 1 / calls)) / cost, CALLS_DOUBT);
	weight = 1 / (1 + doubt * doubt / (MONITORING_USUAL_DOUBT * MONITORING_USUAL_DOUBT));
	price.price += weight * (told - price.price);
	price.doubt = hypot(sqrt(weight) * doubt, LINES_DOUBT);
	return price;
}

struct monitoring_time monitoring_cycles__time(const struct monitoring_cycles *cycles, uint32_t line)
{
	const struct lprof_shim_sampled *sampled = &cycles->windows->lines[line];
	const struct lprof_shim_line *now = &cycles->function->lines[line], *first = &sampled->first;
	double n = sane__sum(cycles->windows->references, SANE_ALL_GROUPS);
	double times = n > 0 ? references(cycles) / n * stretch(cycles, referred_ns(cycles)) : 0;

	return (struct monitoring_time){
		.ticks = sane__number(times * sane__number(sampled->cycle_ticks) - (double)(now->ticks - first->ticks)),
		.cost = sane__number(times * sane__number(sampled->cycle_cost) -
				     (double)(now->times.cost - first->times.cost) / 1000),
		.blocked_ns = sane__number(times * sane__number(sampled->cycle_blocked_ns) -
					   (double)(now->times.blocked_ns - first->times.blocked_ns)),
	};
}

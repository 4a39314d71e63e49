// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_cycles.h"

#include <math.h>
#include <stdbool.h>

#include "budget/student.h"

#define UNSEEN	      3.0  /* hits that have escaped once in twenty times, if there was none */
#define MOST	      1e18 /* what is more is nonsense */
#define MOST_STRETCH  1e3
#define LEAST_DOUBT   0.01 /* of the hits: cycles of a kind that is rare may have escaped */
#define SETTLED_DOUBT 0.1
#define STRETCH_DOUBT 0.5
#define ALL_IN	      LPROF_SHIM_GROUPS

/* A number that the program may have written. */
static double sane(double number)
{
	return number > 0 && number < MOST ? number : 0;
}

static double sum(const double groups[LPROF_SHIM_GROUPS], uint32_t left_out)
{
	double sum = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		sum += g == left_out ? 0 : sane(groups[g]);
	return sum;
}

bool monitoring_cycles__tell(const struct monitoring_cycles *cycles)
{
	return cycles->windows->referred && sum(cycles->windows->references, ALL_IN) > 0;
}

/* How often the reference was hit since it is that. */
static double references(const struct monitoring_cycles *cycles)
{
	uint64_t hits = cycles->references, before = cycles->windows->referred_hits;

	return hits > before ? sane((double)(hits - before)) : 0;
}

/* The function's whole time in the budget, as a multiple of COVERED_NS, of which something is known. */
static double stretch(const struct monitoring_cycles *cycles, double covered_ns)
{
	double all_ns = sane(cycles->own_ns - sane(cycles->windows->since_ns));

	return covered_ns > 0 ? fmin(fmax(all_ns / covered_ns, 1), MOST_STRETCH) : 1;
}

static double referred_ns(const struct monitoring_cycles *cycles)
{
	return sane(cycles->own_ns - sane(cycles->windows->referred_ns));
}

/* Hits of the line for each hit of the reference. */
static double ratio(const struct monitoring_cycles *cycles, uint32_t line, uint32_t left_out)
{
	double n = sum(cycles->windows->references, left_out);

	return n > 0 ? sum(cycles->windows->lines[line].cycle_hits, left_out) / n : 0;
}

/* The half width of the 95 % interval of that, by the spread of the ratios that each leave out one group. */
static double spread(const struct monitoring_cycles *cycles, uint32_t line)
{
	double replicates[LPROF_SHIM_GROUPS], middle = 0, squares = 0;
	unsigned n = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
		if (sane(cycles->windows->references[g]) <= 0)
			continue;
		replicates[n] = ratio(cycles, line, g);
		middle += replicates[n++];
	}
	if (n < 2)
		return ratio(cycles, line, ALL_IN);
	for (unsigned i = 0; i < n; i++)
		squares += (replicates[i] - middle / n) * (replicates[i] - middle / n);
	return student__t(n - 1) * sqrt(squares * (n - 1) / n);
}

struct python_total monitoring_cycles__hits(const struct monitoring_cycles *cycles, uint32_t line)
{
	const struct lprof_shim_sampled *sampled = &cycles->windows->lines[line];
	uint64_t hits = cycles->function->lines[line].hits;
	double counted = hits > sampled->first.hits ? sane((double)(hits - sampled->first.hits)) : 0;
	double n = references(cycles), each = ratio(cycles, line, ALL_IN), settled = sane(sampled->settled);
	double more = stretch(cycles, referred_ns(cycles) + sane(cycles->windows->settled_ns));
	double all = more * (n * each + settled);
	struct python_total total = {.estimated = true};

	if (sampled->is_open)
		return (struct python_total){0};
	total.hits = sane(all - counted);
	/* The last cycle may be under way. */
	total.uncertainty = hypot(hypot(more * n * spread(cycles, line), more * SETTLED_DOUBT * settled),
				  hypot(LEAST_DOUBT * all + each, STRETCH_DOUBT * (1 - 1 / more) * all));
	total.uncertainty = sane(total.uncertainty);
	total.unseen = sane(UNSEEN * n / sum(cycles->windows->references, ALL_IN));
	if (all <= 0)
		total.uncertainty = total.unseen;
	return total;
}

struct monitoring_time monitoring_cycles__time(const struct monitoring_cycles *cycles, uint32_t line)
{
	const struct lprof_shim_sampled *sampled = &cycles->windows->lines[line];
	const struct lprof_shim_line *now = &cycles->function->lines[line], *first = &sampled->first;
	double n = sum(cycles->windows->references, ALL_IN);
	double times = n > 0 ? references(cycles) / n * stretch(cycles, referred_ns(cycles)) : 0;

	return (struct monitoring_time){
		.ticks = sane(times * sane(sampled->cycle_ticks) - (double)(now->ticks - first->ticks)),
		.cost = sane(times * sane(sampled->cycle_cost) - (double)(now->times.cost - first->times.cost) / 1000),
		.blocked_ns = sane(times * sane(sampled->cycle_blocked_ns) -
				   (double)(now->times.blocked_ns - first->times.blocked_ns)),
	};
}

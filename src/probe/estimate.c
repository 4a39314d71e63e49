// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Nine tenths of the time between two hits may be the probes' own, so the time of the program itself is a small
 * difference of large numbers, or must be known from elsewhere. There are three opinions about it, which fail in
 * different ways:
 *
 * (a) Measured less priced. Its error is a share of the price: the price of a hit differs with what ran before
 *     (branch prediction, caches), by a few per cent between one place and another in the same run, and by a few
 *     per cent in common from what was calibrated.
 * (b) Samples. Their error is chance, with the square root of their number, and a small share of the price that
 *     is taken for the program's because it is spent in user mode at the edge of the probe.
 * (c) The instructions themselves, where they neither call nor touch memory that may be far away.
 *
 * The mean weighted by the inverse of the variances has the least variance, and its variance is what is said
 * under the table. The common error of (a) is corrected first: by the samples inside probes of the whole run, and by
 * what the edges of (c) take beyond their instructions.
 *
 * Time blocked is the program's as it is. Time waiting for a processor is not a line's: which line it meets is
 * chance, or follows from how long the probes made the thread run before; and it grows with the probes' cost by an
 * amount that nobody can tell. It is kept apart.
 */
#include "probe/estimate.h"

#include <math.h>

#define SCALE_SPREAD   0.06  /* of the price in one run about the calibrated one, common to all places */
#define PLACE_SPREAD   0.04  /* of the price in one place about the run's */
#define PLAIN_SPREAD   0.02  /* of the price in places where it can be told, about that in others */
#define SAMPLER_SPREAD 0.01  /* of the sampled cost of probes: what happens at their edges */
#define USER_SHARE     0.012 /* of the price is paid in user mode, by a pipeline and caches that must be filled again */
#define FEWEST_SAMPLES 20
#define PLAIN_NS       1e5 /* one interruption makes so much of a difference */
#define STATIC_SPREAD  0.5 /* of the static cost */
#define STATIC_NS      2.0 /* ... and in each passage */

/* Sums of differences of clocks that are read a moment apart: they may fall below zero by as much. */
static double to_double(uint64_t ns)
{
	return (double)(int64_t)ns;
}

static double square(double x)
{
	return x * x;
}

/* An opinion and its weight, the inverse of its variance. */
struct mean {
	double sum, weight;
};

static void add(struct mean *mean, double value, double variance)
{
	mean->sum += value / variance;
	mean->weight += 1 / variance;
}

/* Samples get lost where a hypervisor stops the machine; they stand for all the time nevertheless. */
static double sample_weight(const struct estimate_run *run)
{
	return run->n_samples >= FEWEST_SAMPLES && run->cpu_ns > 0 ? run->cpu_ns / run->sampled_ns : 1;
}

void estimate_run__add(struct estimate_run *run, const struct lprof_edge *edge, double static_ns)
{
	if (static_ns < 0)
		return;
	run->plain_ns += to_double(edge->times.cpu_ns) - (double)edge->departures * static_ns;
	run->plain_probe_ns += to_double(edge->times.probe_ns);
}

struct estimate_scale estimate__scale(const struct estimate_run *run)
{
	struct mean mean = {0};

	add(&mean, 1, square(SCALE_SPREAD) + square(run->price_doubt));
	if (run->n_samples >= FEWEST_SAMPLES && run->sampled_probe_ns > 0 && run->probe_ns > 0) {
		double share = run->sampled_probe_ns / run->sampled_ns;
		double sampled = share * sample_weight(run) * run->sampled_ns / run->probe_ns / (1 - USER_SHARE);

		add(&mean, sampled, square(sampled) * ((1 - share) / share / run->n_samples + square(SAMPLER_SPREAD)));
	}
	if (run->plain_ns > 0 && run->plain_probe_ns > 0)
		add(&mean, run->plain_ns / run->plain_probe_ns,
		    square(PLAIN_SPREAD) + square(PLAIN_NS / run->plain_probe_ns));
	return (struct estimate_scale){.factor = mean.sum / mean.weight, .doubt = sqrt(1 / mean.weight)};
}

/* Opinions about the time that the program itself was on a processor. */
static struct mean opinions(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run,
			    const struct estimate_scale *scale)
{
	double cpu = to_double(edge->times.cpu_ns), price = to_double(edge->times.probe_ns);
	double n = (double)edge->departures, cost = scale->factor * price;
	struct mean mean = {0};

	add(&mean, cpu - cost, square(scale->doubt * price) + square(PLACE_SPREAD * price) + 1);
	if (run->n_samples >= FEWEST_SAMPLES) {
		double weight = sample_weight(run), each = weight * run->sampled_ns / run->n_samples;
		double sampled = weight * to_double(edge->times.program_ns);

		add(&mean, sampled - USER_SHARE * cost, sampled * each + square(each) + square(SAMPLER_SPREAD * price));
	}
	if (static_ns >= 0)
		add(&mean, n * static_ns, square(n * (STATIC_SPREAD * static_ns + STATIC_NS)) + 1);
	return mean;
}

struct attribute_edge estimate__edge(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run,
				     const struct estimate_scale *scale, bool cpu_only)
{
	struct attribute_edge result = {.departures = edge->departures, .arrivals = edge->arrivals};
	double cpu = to_double(edge->times.cpu_ns);

	result.time.waiting_ns = fmax(to_double(edge->times.waiting_ns), 0);
	if (cpu > 0) {
		struct mean mean = opinions(edge, static_ns, run, scale);

		result.time.ns = fmin(fmax(mean.sum / mean.weight, 0), cpu);
		result.time.doubt_ns = sqrt(1 / mean.weight);
	}
	if (cpu_only)
		return result;
	result.time.blocked_ns = fmax(to_double(edge->times.blocked_ns), 0);
	result.time.ns += result.time.blocked_ns;
	return result;
}

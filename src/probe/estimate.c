// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Nine tenths of the time between two hits may be the probes' own. So the target's time is a small difference of large
 * numbers, unless it is known from elsewhere. There are three estimates of it, with different errors:
 *
 * (a) The measured time minus the price of the probes. Its error is a share of the price. The price of a hit depends on
 *     what ran before (branch prediction, caches): it differs by a few per cent between places in one run, and all
 *     prices of a run together differ by a few per cent from the calibrated ones.
 * (b) The samples outside of probes. Their error is chance, which grows with the square root of their number, and a
 *     small share of the price: what a probe costs in user mode, at its edge, is taken for the target's time.
 * (c) The time of the instructions themselves, if they neither call nor touch memory that may be far away.
 *
 * Of all means of the three, the one weighted by the inverse of the variances has the least variance. That variance is
 * the uncertainty that is reported under the table. Before that, the error that all prices of the run have in common is
 * corrected in (a): by the samples inside probes of the whole run, and by what the edges of (c) take beyond the time of
 * their instructions.
 *
 * Blocked time belongs to the target and is reported as measured. The time of waiting for a processor belongs to no
 * line: it is chance which line the thread is on then, or it follows from how long the probes have made the thread run
 * before; and the probes lengthen it by an amount that nobody can tell. So it is reported apart.
 */
#include "probe/estimate.h"

#include <math.h>

/* Relative standard deviations, unless they say otherwise. */
#define SCALE_SPREAD   0.06 /* of all prices of a run together, from the calibrated ones */
#define PLACE_SPREAD   0.04 /* of the price in one place, from the mean price of the run */
#define PLAIN_SPREAD   0.02 /* of the price on edges whose own time is known, from that on other edges */
#define SAMPLER_SPREAD 0.01 /* of the sampled cost of probes, because of what happens at their edges */
#define EDGE_SPREAD    0.02 /* of the price, in what samples find outside of probes: at most 8 % of it was seen there */
#define USER_SHARE     0.012 /* share of the price that is paid in user mode, where pipeline and caches refill */
#define AGREEING       2.5   /* standard deviations by which opinions that are right may differ */
#define FEWEST_SAMPLES 20    /* with fewer than these, samples are not used */
#define PLAIN_NS       1e5   /* nanoseconds: the error that one interruption makes in plain_ns */
#define STATIC_SPREAD  0.5   /* of the static cost */
#define STATIC_NS      2.0   /* nanoseconds: a further error of the static cost in each passage */

/*
 * A sum of differences between clocks as a signed number: the clocks are read a moment apart, so that the sum may be a
 * little below zero.
 */
static double to_double(uint64_t ns)
{
	return (double)(int64_t)ns;
}

static double square(double x)
{
	return x * x;
}

/* A mean of estimates, each weighted by the inverse of its variance. */
struct mean {
	double sum, weight;
};

static void add(struct mean *mean, double value, double variance)
{
	mean->sum += value / variance;
	mean->weight += 1 / variance;
}

/*
 * The factor by which a sample stands for more than its period: samples get lost while a hypervisor stops the machine,
 * and the rest of them stand for all the time.
 */
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

/* Opinions on a factor: their logarithms, each weighted by the inverse of its variance. */
struct opinions {
	struct mean mean;
	double squares; /* sum of weighted squares */
	int n;
};

/* A small factor must not count for more because its variance is small, so VARIANCE is the relative one. */
static void add_opinion(struct opinions *opinions, double factor, double variance)
{
	add(&opinions->mean, log(factor), variance);
	opinions->squares += square(log(factor)) / variance;
	opinions->n++;
}

/*
 * If the opinions contradict each other by far, one of them is wrong in a way that its variance does not tell: then the
 * doubt is as large as it must be for them to be compatible (Birge 1932).
 */
static struct estimate_scale conclude(const struct opinions *opinions)
{
	double weight = opinions->mean.weight, mean = opinions->mean.sum / weight;
	double off = opinions->n > 1 ? (opinions->squares - weight * square(mean)) / (opinions->n - 1) : 0;

	return (struct estimate_scale){.factor = exp(mean), .doubt = sqrt((off > square(AGREEING) ? off : 1) / weight)};
}

struct estimate_scale estimate__scale(const struct estimate_run *run)
{
	struct opinions opinions = {0};

	add_opinion(&opinions, 1, square(SCALE_SPREAD) + square(run->price_doubt));
	if (run->n_samples >= FEWEST_SAMPLES && run->sampled_probe_ns > 0 && run->probe_ns > 0) {
		double share = run->sampled_probe_ns / run->sampled_ns;
		double sampled = share * sample_weight(run) * run->sampled_ns / run->probe_ns / (1 - USER_SHARE);

		add_opinion(&opinions, sampled, (1 - share) / share / run->n_samples + square(SAMPLER_SPREAD));
	}
	if (run->plain_ns > 0 && run->plain_probe_ns > 0)
		add_opinion(&opinions, run->plain_ns / run->plain_probe_ns,
			    square(PLAIN_SPREAD) + square(PLAIN_NS / run->plain_ns));
	return conclude(&opinions);
}

static double static_doubt(double n, double static_ns)
{
	return n * (STATIC_SPREAD * static_ns + STATIC_NS);
}

/* The mean of the three estimates of the time that the target itself was on a processor. */
static struct mean weigh_estimates(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run,
				   const struct estimate_scale *scale)
{
	double cpu = to_double(edge->times.cpu_ns), price = to_double(edge->times.probe_ns);
	double n = (double)edge->departures, cost = scale->factor * price;
	struct mean mean = {0};

	add(&mean, cpu - cost, square(scale->doubt * price) + square(PLACE_SPREAD * price) + 1);
	if (run->n_samples >= FEWEST_SAMPLES) {
		double weight = sample_weight(run), each = weight * run->sampled_ns / run->n_samples;
		double sampled = weight * to_double(edge->times.program_ns);

		add(&mean, sampled - USER_SHARE * cost, sampled * each + square(each) + square(EDGE_SPREAD * price));
	}
	if (static_ns >= 0)
		add(&mean, n * static_ns, square(static_doubt(n, static_ns)) + 1);
	return mean;
}

/*
 * Whether no probe ended the edge, so that nothing measured it: it leads out of the function. There only the
 * instructions tell the time, and it is small.
 */
static bool is_untimed(const struct lprof_edge *edge)
{
	return edge->departures && !edge->times.cpu_ns && !edge->times.blocked_ns && !edge->times.waiting_ns;
}

struct attribute_edge estimate__edge(const struct lprof_edge *edge, double static_ns, const struct estimate_run *run,
				     const struct estimate_scale *scale, bool cpu_only)
{
	struct attribute_edge result = {.departures = edge->departures, .arrivals = edge->arrivals};
	double cpu = to_double(edge->times.cpu_ns);

	result.time.waiting_ns = fmax(to_double(edge->times.waiting_ns), 0);
	if (cpu > 0) {
		struct mean mean = weigh_estimates(edge, static_ns, run, scale);

		result.time.ns = fmin(fmax(mean.sum / mean.weight, 0), cpu);
		result.time.doubt_ns = sqrt(1 / mean.weight);
	} else if (is_untimed(edge)) {
		result.time.ns = (double)edge->departures * fmax(static_ns, 0);
		result.time.doubt_ns = static_doubt((double)edge->departures, fmax(static_ns, 0));
	} else {
		result.time.doubt_ns = -cpu;
	}
	if (cpu_only)
		return result;
	result.time.blocked_ns = fmax(to_double(edge->times.blocked_ns), 0);
	result.time.ns += result.time.blocked_ns;
	return result;
}

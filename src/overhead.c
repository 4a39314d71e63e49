// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A hit costs what it costs at that moment: the frequency of the processor, its sibling thread's load and
 * a virtual machine's host change it by tens of per cent within a boot. A price calibrated at the start
 * may therefore be too high, and times would become negative. The run itself bounds it from above: on a
 * path without a call the interval between two hits is the price plus a few nanoseconds of straight
 * code. The factor is the tenth percentile, weighted by arrivals, of what these intervals allow. It is
 * never raised above the calibrated price, since slow code (cache misses, divisions) would then be
 * taken for the probe's cost and disappear from the report.
 */
#include "overhead.h"

#include <stdlib.h>

#define FEWEST_ARRIVALS 100
#define QUANTILE	0.1

static double factor(const struct overhead_sample *sample)
{
	return (sample->wall_ns - sample->static_ns) / sample->probe_ns;
}

static int compare_factors(const void *x, const void *y)
{
	double a = factor(x), b = factor(y);

	return (a > b) - (a < b);
}

double overhead__scale(struct overhead_sample *samples, size_t n)
{
	uint64_t total = 0, passed = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (samples[i].arrivals < FEWEST_ARRIVALS || samples[i].probe_ns <= 0)
			continue;
		total += samples[i].arrivals;
		samples[kept++] = samples[i];
	}
	if (!kept)
		return 1;
	qsort(samples, kept, sizeof(*samples), compare_factors);
	for (size_t i = 0; i < kept; i++) {
		double f = factor(&samples[i]);

		passed += samples[i].arrivals;
		if ((double)passed >= QUANTILE * (double)total)
			return f < 0 ? 0 : f < 1 ? f : 1;
	}
	return 1;
}

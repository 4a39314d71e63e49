// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Windows tell well how the hits of a body's edges relate to each other, but how many there are only as far as they
 * have seen all phases of the program, and as the price of hits is known. Samples tell well how long the targets were
 * in the body, because they are taken all over the run while no probe is in; and instructions take some time each.
 * Measured were, for what is called a nanosecond here, 0.3 in Lua's interpreter, 0.5 in bzip2's sorting, 2.7 in its
 * moving to the front, and 6 in redis' processCommand, whose code is out of the caches whenever a request comes.
 *
 * So there are two opinions on the scale of a body: the windows', with the standard deviation of the logarithm of the
 * time that all counted instructions take, and that of the samples, which is rough. They are averaged by inverse
 * variance. If they contradict each other, the windows were wrong in a way in which they all agree: then their
 * deviation is taken to be as large as it must be for the two to be compatible (Birge, "The Calculation of Errors by
 * the Method of Least Squares", 1932).
 *
 * Afterwards, how the scale may be wrong is in one variant, TOTALS_DEARER; in the others is left how the edges of the
 * body may be wrong with respect to each other.
 */
#include "budget/speed.h"

#include <math.h>
#include <string.h>

#define TYPICAL	 1.0 /* nanoseconds for what the instructions of an edge are said to take one by one */
#define DOUBT	 1.0 /* standard deviation of the logarithm of that */
#define FEWEST	 20  /* samples */
#define GOOD	 0.2 /* a scale that windows know better needs no help */
#define AGREEING 2.5 /* standard deviations by which opinions that are right may differ */

/* What all instructions of the body take one by one, by the N edges of one variant. */
static double executed_ns(const struct speed *speed, uint32_t n, const struct totals_edge *edges)
{
	double sum = 0;

	for (uint32_t e = 0; e < n; e++)
		sum += edges[e].departures * (double)speed->least_ns[e];
	return sum;
}

static void multiply(struct totals_edge *edges, uint32_t n, double factor)
{
	for (uint32_t e = 0; e < n; e++) {
		edges[e].departures *= factor;
		edges[e].arrivals *= factor;
	}
}

/* Changes the scale of all variants so that the best one is multiplied by FACTOR, whose logarithm has DEVIATION. */
static void rescale(uint32_t n, struct totals_edge *edges, const double executed[TOTALS_VARIANTS], double factor,
		    double deviation)
{
	for (unsigned v = TOTALS_BEST + 1; v < TOTALS_VARIANTS; v++) {
		double same = v == TOTALS_HIDDEN || executed[v] <= 0 ? 1 : executed[TOTALS_BEST] / executed[v];

		multiply(&edges[(size_t)v * n], n, factor * same);
	}
	multiply(&edges[(size_t)TOTALS_BEST * n], n, factor);
	memcpy(&edges[(size_t)TOTALS_DEARER * n], &edges[(size_t)TOTALS_BEST * n], n * sizeof(*edges));
	multiply(&edges[(size_t)TOTALS_DEARER * n], n, exp(2 * deviation));
}

void speed__correct(const struct speed *speed, uint32_t n, struct totals_edge *edges)
{
	double executed[TOTALS_VARIANTS], windows, samples, off, trust;

	for (unsigned v = 0; v < TOTALS_VARIANTS; v++)
		executed[v] = executed_ns(speed, n, &edges[(size_t)v * n]);
	if (speed->samples < FEWEST || speed->sampled_ns <= 0 || executed[TOTALS_BEST] <= 0)
		return;
	windows = log1p(totals__uncertainty(executed) / executed[TOTALS_BEST]) / 2;
	samples = hypot(DOUBT, 1 / sqrt((double)speed->samples));
	off = log(speed->sampled_ns / (TYPICAL * executed[TOTALS_BEST]));
	if (fabs(off) > AGREEING * hypot(windows, samples))
		windows = sqrt(off * off / (AGREEING * AGREEING) - samples * samples);
	if (windows < GOOD)
		return;
	trust = windows * windows / (windows * windows + samples * samples);
	rescale(n, edges, executed, exp(trust * off), windows * samples / hypot(windows, samples));
}

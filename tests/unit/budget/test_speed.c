// SPDX-License-Identifier: GPL-2.0-or-later
/* A body with two edges, of which the first is departed three times as often. */
#include <math.h>
#include <stdlib.h>

#include "budget/speed.h"
#include "unit/test.h"

#define EDGES	2
#define LEAST	10 /* nanoseconds of each edge: both together take 40 for each departure of the second */
#define TYPICAL 1.0

static double uncertainty_of(const struct totals_edge *edges, unsigned edge)
{
	double values[TOTALS_VARIANTS];

	for (unsigned v = 0; v < TOTALS_VARIANTS; v++)
		values[v] = edges[v * EDGES + edge].departures;
	return totals__uncertainty(values);
}

/* Fills in estimates of N departures of the second edge, whose scale varies by PART from variant to variant. */
static void fill(double n, double part, struct totals_edge *edges)
{
	for (unsigned v = 0; v < TOTALS_VARIANTS; v++) {
		bool replicate = v >= TOTALS_REPLICATE && v < TOTALS_DEARER;
		double factor = replicate ? 1 + (v % 2 ? part : -part) : 1;

		edges[v * EDGES] = (struct totals_edge){3 * n * factor, 3 * n * factor};
		edges[v * EDGES + 1] = (struct totals_edge){n * factor, n * factor};
	}
}

/* What becomes of N departures when samples say that there are TRUTH of them, if the code has the typical speed. */
static void correct(double n, double part, double truth, uint64_t samples, struct totals_edge *edges)
{
	static const float least_ns[EDGES] = {LEAST, LEAST};
	const struct speed speed = {least_ns, TYPICAL * 4 * LEAST * truth, samples};

	fill(n, part, edges);
	speed__correct(&speed, EDGES, edges);
}

static void what_windows_know_well_stays(void **state)
{
	struct totals_edge edges[TOTALS_VARIANTS * EDGES], before[TOTALS_VARIANTS * EDGES];

	(void)state;
	fill(1000, 0.02, before);
	correct(1000, 0.02, 2000, 1000, edges);
	assert_memory_equal(edges, before, sizeof(before));
}

static void few_samples_say_nothing(void **state)
{
	struct totals_edge edges[TOTALS_VARIANTS * EDGES], before[TOTALS_VARIANTS * EDGES];

	(void)state;
	fill(1000, 0.02, before);
	correct(1000, 0.02, 100000, 10, edges);
	assert_memory_equal(edges, before, sizeof(before));
}

static void a_contradiction_is_settled_between_the_two(void **state)
{
	struct totals_edge edges[TOTALS_VARIANTS * EDGES];
	double found, off;

	(void)state;
	for (double wrong = 1.0 / 64; wrong <= 64; wrong *= 4096) {
		correct(1000 * wrong, 0.02, 1000, 10000, edges);
		found = edges[1].departures;
		off = log(found / 1000);
		/* Nearer to what samples say, and not as certain as the windows were. */
		assert_true(fabs(off) < 0.5 * log(64));
		assert_true(uncertainty_of(edges, 1) > 1.5 * found);
		assert_true(fabs(edges[0].departures / found - 3) < 1e-9);
		assert_true(fabs(uncertainty_of(edges, 0) / uncertainty_of(edges, 1) - 3) < 1e-6);
	}
}

static void agreement_makes_more_certain(void **state)
{
	struct totals_edge edges[TOTALS_VARIANTS * EDGES];

	(void)state;
	correct(1000, 0.6, 1000, 10000, edges);
	assert_true(fabs(edges[1].departures / 1000 - 1) < 1e-6);
	fill(1000, 0.6, edges);
	assert_true(uncertainty_of(edges, 1) > 4000);
	correct(1000, 0.6, 1000, 10000, edges);
	assert_true(uncertainty_of(edges, 1) < 3500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_windows_know_well_stays),
		cmocka_unit_test(few_samples_say_nothing),
		cmocka_unit_test(a_contradiction_is_settled_between_the_two),
		cmocka_unit_test(agreement_makes_more_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>

#include "budget/flow_fit.h"
#include "unit/test.h"

#define OUTSIDE	     FLOW_FIT_OUTSIDE
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_near(double x, double y)
{
	if (fabs(x - y) > 1e-3 * (1 + fabs(y)))
		fail_msg("%g is not %g", x, y);
}

static void fit(const struct flow_arc *arcs, size_t n, uint32_t n_nodes, double *flows)
{
	double *potentials = calloc(n_nodes, sizeof(*potentials));

	assert_int_equal(flow_fit__solve(arcs, n, n_nodes, potentials, flows), 0);
	free(potentials);
}

/* 100 and 130 were measured of what must be the same: the mean, by how well each is known. */
static void equal_flows_are_averaged(void **state)
{
	const struct flow_arc arcs[] = {{OUTSIDE, 0, 100, 1, false}, {0, OUTSIDE, 130, 2, false}};
	double flows[2];

	(void)state;
	fit(arcs, 2, 1, flows);
	assert_near(flows[0], 110);
	assert_near(flows[1], 110);
}

/* What is exact stays; what is not known follows. */
static void exact_and_unknown(void **state)
{
	const struct flow_arc arcs[] = {
		{OUTSIDE, 0, 50, 0, false}, {0, 1, 0, 1e9, false},	 {0, 2, 20, 1e-6, false}, {1, 3, 0, 1e9, false},
		{2, 3, 0, 1e9, false},	    {3, OUTSIDE, 0, 1e9, false}, {3, 3, 777, 1, false},
	};
	double flows[COUNT(arcs)];

	(void)state;
	fit(arcs, COUNT(arcs), 4, flows);
	assert_near(flows[0], 50);
	assert_near(flows[1], 30);
	assert_near(flows[2], 20);
	assert_near(flows[3], 30);
	assert_near(flows[4], 20);
	assert_near(flows[5], 50);
	assert_near(flows[6], 777);
}

/* 10 come in and 30 were seen to leave by one of two ways. The other way cannot have -20. */
static void no_flow_is_negative(void **state)
{
	struct flow_arc arcs[] = {{OUTSIDE, 0, 10, 1, false}, {0, OUTSIDE, 30, 1, false}, {0, OUTSIDE, 0, 100, false}};
	double flows[3];

	(void)state;
	fit(arcs, 3, 1, flows);
	assert_near(flows[0], 20);
	assert_near(flows[1], 20);
	assert_near(flows[2], 0);
	arcs[2].may_be_reverse = true;
	fit(arcs, 3, 1, flows);
	assert_near(flows[0], 10 + 20 / 102.0);
	assert_near(flows[2], -2000 / 102.0);
}

/* A loop that nothing enters or leaves: its matrix is singular. */
static void closed_networks(void **state)
{
	const struct flow_arc arcs[] = {{0, 1, 10, 1, false}, {1, 2, 20, 1, false}, {2, 0, 60, 1, false}};
	double flows[3];

	(void)state;
	fit(arcs, 3, 3, flows);
	for (int i = 0; i < 3; i++)
		assert_near(flows[i], 30);
}

/* 5000 branches in a row, in a loop: nothing is lost at any node, and what was measured right stays right. */
static void large_networks(void **state)
{
	enum { NODES = 5000 };
	struct flow_arc *arcs = calloc((size_t)2 * NODES + 2, sizeof(*arcs));
	double *flows = calloc((size_t)2 * NODES + 2, sizeof(*flows)), *net = calloc(NODES, sizeof(*net));
	uint32_t seed = 1;
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < NODES; i++) {
		double all = 1000, part = 10 + i % 900;

		for (int k = 0; k < 2; k++) {
			double value = k ? part : all - part;

			seed = seed * 1664525 + 1013904223;
			arcs[n++] = (struct flow_arc){i, (i + 1) % NODES, value * (0.9 + 0.2 * (seed >> 8) / (1 << 24)),
						      value * value / 300, false};
		}
	}
	fit(arcs, n, NODES, flows);
	for (size_t i = 0; i < n; i++) {
		net[arcs[i].from] -= flows[i];
		net[arcs[i].to] += flows[i];
	}
	for (uint32_t i = 0; i < NODES; i++) {
		assert_true(fabs(net[i]) < 0.1);
		assert_true(fabs(flows[2 * (size_t)i] + flows[2 * (size_t)i + 1] - 1000) < 20);
	}
	free(arcs);
	free(flows);
	free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_flows_are_averaged), cmocka_unit_test(exact_and_unknown),
		cmocka_unit_test(no_flow_is_negative),	    cmocka_unit_test(closed_networks),
		cmocka_unit_test(large_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

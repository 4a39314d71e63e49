// SPDX-License-Identifier: GPL-2.0-or-later
/* A body to whose case control comes by an indirect jump and from the case above it. */
#include <stdlib.h>

#include "flow/plan_build.h"
#include "flow/rounded_edges.h"
#include "unit/synthetic.h"
#include "unit/test.h"

static const struct synthetic_insn switched[] = {
	PUSH(1),
	COND(6, 2),
	JUMPR(3),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 4, INSN_SHORT, CFG_ROOT_INDIRECT},
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 5, INSN_SHORT, CFG_ROOT_INDIRECT},
	JUMP(1, 6),
	RET(7)};

struct body {
	struct plan *plan;
	struct attribute_edge edges[12];
	uint32_t above, lower; /* the sites of the two cases */
};

static struct body make_body(uint64_t above, uint64_t lower)
{
	struct plan_input input = {.prices = synthetic_prices};
	uint32_t n = sizeof(switched) / sizeof(*switched), *lines;
	struct body body = {.plan = NULL};

	input.cfg = synthetic__cfg(switched, n, &lines);
	input.lines = lines;
	assert_int_equal(plan__build(&input, &body.plan), 0);
	free(lines);
	assert_true(2 * body.plan->n_sites <= sizeof(body.edges) / sizeof(*body.edges));
	body.above = body.plan->site_of[3] - 1;
	body.lower = body.plan->site_of[4] - 1;
	assert_int_equal(body.plan->sites[body.above].next[0], body.lower);
	body.edges[2 * body.above] = (struct attribute_edge){.departures = above, .arrivals = above};
	body.edges[2 * body.lower] = (struct attribute_edge){.departures = lower, .arrivals = lower};
	return body;
}

static void settle(struct body *body)
{
	assert_int_equal(rounded_edges__settle(body->plan, body->edges), 0);
	cfg__free((struct cfg *)body->plan->cfg);
	plan__free(body->plan);
}

static void a_few_entries_among_millions_are_none(void **state)
{
	struct body body = make_body(5000000, 5000002);

	(void)state;
	settle(&body);
	assert_int_equal(body.edges[2 * body.above].departures, 5000002);
	assert_int_equal(body.edges[2 * body.above].arrivals, 5000002);
	assert_int_equal(body.edges[2 * body.lower].departures, 5000002);
}

static void others_are_left(void **state)
{
	static const uint64_t cases[][2] = {{5000000, 5000200}, {1000, 1002}, {0, 2}, {5000002, 5000000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct body body = make_body(cases[i][0], cases[i][1]);

		settle(&body);
		assert_int_equal(body.edges[2 * body.above].departures, cases[i][0]);
		assert_int_equal(body.edges[2 * body.lower].departures, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_entries_among_millions_are_none),
		cmocka_unit_test(others_are_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

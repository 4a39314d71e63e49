// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs whose true counts are known are counted in windows, many times over. The estimates must be near the truth,
 * and the intervals must hold it as often as they say.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "budget/totals.h"
#include "flow/plan_build.h"
#include "unit/simulated.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What was found over all runs. */
struct findings {
	double figures, held;	  /* figures, and those whose interval held the truth */
	double large, large_held; /* likewise, of those that have one per cent of all hits */
	double error, bias;	  /* sums over the large ones of the squared and of the plain relative error */
	double width;		  /* sum of the relative half widths of the large ones */
};

static struct plan *make_plan(const struct synthetic_insn *insns, uint32_t n)
{
	struct plan_input input = {.prices = synthetic_prices};
	struct plan *plan;
	uint32_t *lines;

	input.cfg = synthetic__cfg(insns, n, &lines);
	input.lines = lines;
	assert_int_equal(plan__build(&input, &plan), 0);
	free(lines);
	return plan;
}

static void free_plan(struct plan *plan)
{
	cfg__free((struct cfg *)plan->cfg);
	plan__free(plan);
}

static void compare(const struct simulated *program, const struct totals_edge *edges, double own_ns,
		    struct findings *findings)
{
	size_t n = (size_t)2 * program->plan->n_sites;
	double all = 0, values[TOTALS_VARIANTS];

	for (size_t e = 0; e < n; e++)
		all += program->truth[e] * own_ns;
	for (size_t e = 0; e < n; e++) {
		double truth = program->truth[e] * own_ns, off, width;

		if (truth <= 0)
			continue;
		for (unsigned v = 0; v < TOTALS_VARIANTS; v++)
			values[v] = edges[v * n + e].departures;
		off = values[TOTALS_BEST] - truth;
		width = totals__uncertainty(values);
		findings->figures++;
		findings->held += fabs(off) <= width;
		if (truth < all / 100)
			continue;
		findings->large++;
		findings->large_held += fabs(off) <= width;
		findings->error += off * off / (truth * truth);
		findings->bias += off / truth;
		findings->width += width / truth;
	}
}

static void estimate(struct simulated *program, unsigned n_windows, struct findings *findings)
{
	const struct totals_body body = {program->plan, 0, 1e10};
	struct window_log *log = window_log__new(program->plan->n_sites);
	struct totals_edge *edges = calloc((size_t)TOTALS_VARIANTS * 2 * program->plan->n_sites, sizeof(*edges));

	simulated__windows(program, n_windows, log);
	assert_int_equal(totals__estimate(&body, log, edges), 0);
	compare(program, edges, body.own_ns, findings);
	free(edges);
	window_log__free(log);
}

static void show(const char *name, const struct findings *f)
{
	printf("%-20s %5.0f figures, %.3f held; %5.0f large: %.3f held, error %.3f, bias %+.3f, half width %.3f\n",
	       name, f->figures, f->held / f->figures, f->large, f->large_held / f->large, sqrt(f->error / f->large),
	       f->bias / f->large, f->width / f->large);
}

/* Two loops, one in the other, and a branch in the inner one: 400 rounds a call in one phase, 50 in the other. */
static void nested_loops(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1),	 PLAIN(2),   PLAIN(3),	 COND(5, 3),
					       PLAIN(4), COND(2, 5), COND(1, 6), RET(7)};
	struct plan *plan = make_plan(insns, COUNT(insns));
	const double edge_ns[] = {100, 1000};

	(void)state;
	assert_int_equal(plan->n_sites, 4);
	for (size_t k = 0; k < COUNT(edge_ns); k++) {
		struct findings findings = {0};
		char name[64];

		for (uint64_t seed = 1; seed <= 20; seed++) {
			struct simulated program;

			simulated__init(&program, plan, 2, edge_ns[k], seed * 7919);
			for (unsigned p = 0; p < 2; p++) {
				program.phases[p].lasts_ns = 3e7;
				program.phases[p].taken[2] = p ? 0.9 : 0.95;
				program.phases[p].taken[3] = p ? 0.8 : 0.95;
			}
			simulated__run(&program, edge_ns[k] < 50 ? 1 : 5);
			simulated__misprice(&program, 0.04, 0.03);
			estimate(&program, 40, &findings);
			simulated__release(&program);
		}
		snprintf(name, sizeof(name), "nested, %.0f ns", edge_ns[k]);
		show(name, &findings);
		assert_true(findings.large_held >= 0.85 * findings.large);
	}
	free_plan(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs whose true counts are known are counted in windows, many times over. The estimates must be near the truth,
 * and the intervals must hold it as often as they say.
 */
#include <math.h>
#include <stdbool.h>
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

/* A program, how it behaves, and what is demanded of its estimates. */
struct program {
	const char *name;
	const struct synthetic_insn *insns;
	uint32_t n;
	double edge_ns; /* mean time from hit to hit */
	double throws;	/* in the second phase */
	double error;	/* the mean relative error must be below that */
};

/* Kinds of behaviour of each program, how often each of them is tried, and how many windows of each kind it gets. */
#define BEHAVIOURS 3
#define RUNS	   3
#define WINDOWS	   60

/* Two loops, one in the other, and a branch in the inner one. */
static const struct synthetic_insn nested[] = {PUSH(1),	 PLAIN(2),   PLAIN(3),	 COND(5, 3),
					       PLAIN(4), COND(2, 5), COND(1, 6), RET(7)};

/* A loop around a switch of four cases, one of which falls through and one of which calls. */
static const struct synthetic_insn switched[] = {
	PUSH(1),
	PLAIN(2),
	COND(16, 2),
	JUMPR(3),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 4, INSN_SHORT, CFG_ROOT_INDIRECT},
	JUMP(1, 4),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 5, INSN_SHORT, CFG_ROOT_INDIRECT},
	PLAIN(5),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 6, INSN_SHORT, CFG_ROOT_INDIRECT},
	COND(1, 6),
	JUMP(1, 7),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 8, INSN_SHORT, CFG_ROOT_INDIRECT},
	CALL(8),
	PLAIN(9),
	COND(1, 9),
	JUMP(1, 10),
	RET(11)};

/* Calls in a row, in a loop, which may throw; a landing pad goes on in the loop or leaves it. */
static const struct synthetic_insn throwing[] = {
	PUSH(1),
	COND(9, 2),
	CALL(3),
	COND(6, 3),
	CALL(4),
	PLAIN(5),
	CALL(6),
	PUSH(7),
	JUMP(1, 7),
	RET(8),
	{INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, 9, INSN_SHORT, CFG_ROOT_PAD},
	COND(1, 9),
	RET(10)};

/* Branches that follow one another. */
static const struct synthetic_insn branches[] = {PUSH(1),      COND(3, 1), PLAIN(2),   COND(5, 3), PLAIN(4),
						 COND(7, 5),   CALL(6),	   COND(9, 7), PLAIN(8),   COND(1, 9),
						 COND(12, 10), PLAIN(11),  RET(12)};

static const struct program programs[] = {
	{"nested 100", nested, COUNT(nested), 100, 0, 0.25},
	{"nested 20", nested, COUNT(nested), 20, 0, 0.6},
	{"switched 100", switched, COUNT(switched), 100, 0, 0.25},
	{"switched 20", switched, COUNT(switched), 20, 0, 0.6},
	{"throwing 1000", throwing, COUNT(throwing), 1000, 0.1, 0.2},
	{"throwing 100", throwing, COUNT(throwing), 100, 0.1, 0.25},
	{"branches 1000", branches, COUNT(branches), 1000, 0, 0.2},
	{"branches 100", branches, COUNT(branches), 100, 0, 0.25},
};

/* Behaviour number K of the program, counted in windows TIMES times over. */
static void try_behaviour(const struct program *program, const struct plan *plan, uint64_t k, unsigned times,
			  struct findings *findings)
{
	struct simulated run;

	simulated__init(&run, plan, 2 + k % 2, program->edge_ns, 7919 * (k + 1));
	for (unsigned p = 0; p < run.n_phases; p++) {
		run.phases[p].lasts_ns = 1.5e7 * (p + 1);
		run.phases[p].throws = p == 1 ? program->throws : 0;
		run.phases[p].outside_ns *= p == 2 ? 50 : 1;
	}
	simulated__run(&run, 1 + (unsigned)(program->edge_ns / 60));
	for (unsigned i = 0; i < times; i++) {
		simulated__misprice(&run, 0.04, 0.03);
		estimate(&run, WINDOWS, findings);
	}
	simulated__release(&run);
}

static void estimates_are_true(void **state)
{
	struct findings all = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(programs); i++) {
		struct plan *plan = make_plan(programs[i].insns, programs[i].n);
		struct findings findings = {0};

		for (uint64_t k = 0; k < BEHAVIOURS; k++)
			try_behaviour(&programs[i], plan, k, RUNS, &findings);
		show(programs[i].name, &findings);
		/* The figures of one run hang together, so that one unlucky run counts many times here. */
		assert_true(findings.large_held >= 0.7 * findings.large);
		assert_true(findings.error <= programs[i].error * programs[i].error * findings.large);
		all.figures += findings.figures;
		all.held += findings.held;
		all.large += findings.large;
		all.large_held += findings.large_held;
		free_plan(plan);
	}
	assert_true(all.held >= 0.9 * all.figures && all.large_held >= 0.9 * all.large);
}

/*
 * Twenty windows of 50 us see 1000 hits each; one window with a further site falls in a moment in which the target did
 * something else for 4 ms. That is as much own time four times over, but one moment of the program and not twenty.
 */
static void one_moment_does_not_outweigh_many(void **state)
{
	/* Site 1 is the jump of a loop, which leads to itself. */
	static const struct synthetic_insn loop[] = {PUSH(1), PLAIN(2), COND(1, 2), RET(3)};
	static const uint32_t sites[] = {0, 1};
	struct plan *plan = make_plan(loop, COUNT(loop));
	const struct totals_body body = {.plan = plan, .own_ns = 1e9};
	struct totals_edge *edges = calloc((size_t)TOTALS_VARIANTS * 2 * plan->n_sites, sizeof(*edges));
	struct window_log *log = window_log__new(plan->n_sites);
	double found;

	(void)state;
	assert_int_equal(plan->n_sites, 2);
	assert_int_equal(plan->sites[1].next[1], 1);
	for (int i = 0; i < 21; i++) {
		const uint64_t counts[] = {0, 0, 0, 0}, hit[] = {0, 1000};
		const struct window window = {
			.sites = i < 20 ? &sites[1] : sites,
			.counts = i < 20 ? hit : counts,
			.n = i < 20 ? 1 : 2,
			.own_ns = i < 20 ? 50e3 : 4e6,
		};

		assert_int_equal(window_log__add(log, &window), 0);
	}
	assert_int_equal(totals__estimate(&body, log, edges), 0);
	found = edges[2 * 1 + 1].departures / (1e9 * 1000 / 50e3);
	assert_true(found > 0.7 && found < 1.01);
	window_log__free(log);
	free(edges);
	free_plan(plan);
}

/* A site of PLAN to which control comes from other sites, and also in a way that is not known. */
static uint32_t find_rooted(const struct plan *plan, uint32_t *from)
{
	*from = 0;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		uint32_t site = plan->sites[e / 2].next[e % 2];

		*from = e / 2;
		if (site < plan->n_sites && site != *from && plan->sites[site].rooted &&
		    !plan->sites[*from].called[e % 2])
			return site;
	}
	fail();
	return 0;
}

/*
 * Nearly all hits of a site come in a way that is not known. The own time of the windows that tell it is known to a
 * factor of two only, but that factor is the same for hits and departures: so the hits are not taken for an error.
 */
static void a_doubtful_scale_hides_no_entries(void **state)
{
	struct plan *plan = make_plan(switched, COUNT(switched));
	const struct totals_body body = {.plan = plan, .own_ns = 1e9};
	struct totals_edge *edges = calloc((size_t)TOTALS_VARIANTS * 2 * plan->n_sites, sizeof(*edges));
	uint32_t *sites = calloc(plan->n_sites, sizeof(*sites)), n = 0, left_out, rooted = find_rooted(plan, &left_out);
	uint64_t *counts = calloc(2ul * plan->n_sites, sizeof(*counts)), one[] = {1, 0};
	struct window_log *log = window_log__new(plan->n_sites);
	struct window window = {.sites = sites, .counts = counts, .own_ns = 2e3, .price_ns = 1e6};
	const struct window other = {.sites = &left_out, .counts = one, .n = 1, .own_ns = 2e3};
	bool *passed;
	double found;

	(void)state;
	/* From there the program goes straight on, without a branch that is taken. */
	passed = calloc(plan->n_sites, sizeof(*passed));
	for (uint32_t s = rooted; s < plan->n_sites && s != left_out && !passed[s]; s = plan->sites[s].next[0])
		passed[s] = true;
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		if (s == left_out)
			continue;
		counts[2ul * n] = passed[s] ? 1000 : 1;
		sites[n++] = s;
	}
	free(passed);
	window.n = n;
	for (int i = 0; i < 40; i++) {
		assert_int_equal(window_log__add(log, &window), 0);
		assert_int_equal(window_log__add(log, &other), 0);
	}
	for (int i = 0; i < 40; i++) {
		struct window_sum *sum = &window_log__sums(log, 0)[i];

		sum->doubt_ns = 0.5 * sum->own_ns;
		sum->judged = true;
	}
	assert_int_equal(totals__estimate(&body, log, edges), 0);
	found = edges[2ul * rooted].departures / (1e9 * 1000 / 2e3);
	assert_true(found > 0.9 && found < 1.1);
	window_log__free(log);
	free(counts);
	free(sites);
	free(edges);
	free_plan(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(estimates_are_true),
		cmocka_unit_test(one_moment_does_not_outweigh_many),
		cmocka_unit_test(a_doubtful_scale_hides_no_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

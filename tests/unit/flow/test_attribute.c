// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plans random control-flow graphs and runs them in an interpreter. It follows random decisions, counts what it
 * executes, and at the planned sites does what the BPF program does. Attribution must compute the same counts from the
 * edges alone, or say of an instruction that its count is unsure.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/attribute.h"
#include "flow/plan_build.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define LARGEST	    40
#define GRAPHS	    4000
#define ACTIVATIONS 20
#define STEPS	    20000

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct machine {
	const struct cfg *cfg;
	const struct plan *plan;
	struct attribute_edge *edges;
	uint64_t counts[LARGEST], next[LARGEST], taken[LARGEST];
	uint32_t pads[LARGEST], labels[LARGEST];
	uint32_t n_pads, n_labels;
	uint64_t steps;
	/* the state of the frame, as in struct lprof_frame */
	uint32_t edge, edge_next;
};

static uint64_t seed = 88172645463325252u;

static uint32_t below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

/* Does what the BPF program does at a hit. */
static void hit(struct machine *m, uint32_t s, bool taken)
{
	const struct plan_site *site = &m->plan->sites[s];
	uint32_t departing = 2 * s + taken;
	bool known = m->edge != UINT32_MAX && (m->edge_next == s || !site->entry);

	m->edges[departing].departures++;
	if (known && (m->edge_next == s || m->edge_next == PLAN_ANY))
		m->edges[m->edge].arrivals++;
	if (known)
		m->edges[m->edge].time.ns += 7;
	m->edge_next = site->next[taken];
	m->edge = m->edge_next == PLAN_OUT ? UINT32_MAX : departing;
}

/* Returns the next instruction after I; CFG_NONE ends the activation. */
static uint32_t step(struct machine *m, uint32_t i, bool taken)
{
	const struct cfg_insn *insn = &m->cfg->insns[i];

	switch (insn->insn.flow) {
	case INSN_FLOW_CALL:
	case INSN_FLOW_CALL_INDIRECT:
		if (below(10) == 0) /* it throws */
			return m->n_pads && below(2) ? m->pads[below(m->n_pads)] : CFG_NONE;
		break;
	case INSN_FLOW_JUMP_INDIRECT:
		return m->n_labels ? m->labels[below(m->n_labels)] : CFG_NONE;
	default:
		break;
	}
	if (taken)
		m->taken[i] += insn->taken != CFG_NONE;
	else
		m->next[i] += insn->next != CFG_NONE;
	return taken ? insn->taken : insn->next;
}

/* Otherwise nothing that can carry a probe lies between the entry and where other ways meet it. */
static bool enters_by_site(const struct plan *plan)
{
	for (uint32_t k = 0; k < plan->n_roots; k++)
		if (plan->roots[k].insn == plan->cfg->entry)
			return plan->sites[plan->roots[k].site].entry;
	return false;
}

/* An activation at the place on the stack where the one before it was, which may have been left by an exception. */
static void run(struct machine *m)
{
	if (!enters_by_site(m->plan))
		m->edge = UINT32_MAX;
	for (uint32_t i = m->cfg->entry; i != CFG_NONE && m->steps < STEPS; m->steps++) {
		uint8_t flow = m->cfg->insns[i].insn.flow;
		bool taken = flow == INSN_FLOW_JUMP || (flow == INSN_FLOW_COND && below(2));

		m->counts[i]++;
		if (m->plan->site_of[i])
			hit(m, m->plan->site_of[i] - 1, flow == INSN_FLOW_COND && taken);
		i = step(m, i, taken);
	}
}

static struct synthetic_insn random_insn(uint32_t n, uint32_t line)
{
	const struct synthetic_insn kinds[] = {
		PLAIN(line),	      PLAIN(line), PUSH(line),	COND(below(n), line), COND(below(n), line),
		COND(below(n), line), CALL(line),  CALL(line),	CALLR(line),	      JUMP(below(n), line),
		SYSCALL(line),	      RET(line),   JUMPR(line),
	};
	struct synthetic_insn insn = kinds[below(COUNT(kinds))];

	/* Most instructions can carry a probe; otherwise few graphs could be counted exactly. */
	if (insn.probe == INSN_PROBE_NEVER && below(20))
		insn.probe = INSN_PROBE_STEP;
	if (insn.flow == INSN_FLOW_COND && below(20) == 0)
		insn.probe = INSN_PROBE_NEVER;
	return insn;
}

static uint32_t random_graph(struct synthetic_insn *insns)
{
	uint32_t n = 4 + below(LARGEST - 4);

	for (uint32_t i = 0; i < n; i++)
		insns[i] = random_insn(n, 1 + i / 3);
	insns[n - 1] = (struct synthetic_insn)RET(n);
	for (uint32_t k = below(4); k > 0; k--)
		insns[below(n)].root |= CFG_ROOT_INDIRECT;
	return n;
}

/* Chooses instructions that are reached only by unwinding. */
static void choose_pads(struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (!cfg->insns[i].n_preds && !cfg->insns[i].root)
			cfg->insns[i].root = below(2) ? CFG_ROOT_PAD : CFG_ROOT_ORPHAN;
}

static void find_places(struct machine *m)
{
	for (uint32_t i = 0; i < m->cfg->n_insns; i++) {
		/* A landing pad that calls at once ends the program. */
		if (m->cfg->insns[i].root & CFG_ROOT_PAD && m->cfg->insns[i].insn.flow != INSN_FLOW_CALL_INDIRECT)
			m->pads[m->n_pads++] = i;
		if (m->cfg->insns[i].root & CFG_ROOT_INDIRECT)
			m->labels[m->n_labels++] = i;
	}
}

/* What is sure is right. Nothing is unsure where the planner could place all sites. */
static void compare(const struct machine *m, const struct attribution *a)
{
	for (uint32_t i = 0; i < m->cfg->n_insns; i++) {
		assert_true(m->plan->n_blind || !a->unsure[i]);
		if (a->unsure[i])
			continue;
		assert_int_equal(a->counts[i], m->counts[i]);
		/* The target of an indirect jump is seen only at the target itself. */
		if (m->cfg->insns[i].insn.flow == INSN_FLOW_COND && m->cfg->insns[i].insn.probe == INSN_PROBE_NEVER)
			continue;
		/* A call may be sure, and how often it returned not. */
		if (m->cfg->insns[i].next == CFG_NONE || !a->unsure[m->cfg->insns[i].next])
			assert_int_equal(a->next[i], m->next[i]);
		assert_int_equal(a->taken[i], m->taken[i]);
	}
}

static void assert_time_is_kept(const struct plan *plan, const struct attribute_edge *edges,
				const struct attribution *a)
{
	double in = 0, out = 0;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		in += edges[e].time.ns;
	for (uint32_t i = 0; i < plan->cfg->n_insns; i++)
		out += a->times[i].ns;
	assert_true(in - out < 1e-3 && out - in < 1e-3);
}

/* How many instructions of graphs with blind places were compared, and how many were not because they are unsure. */
struct checked {
	uint32_t sure, unsure;
};

/* Returns whether the graph could be compared, because the run ended soon enough. */
static bool check_graph(bool every_line, struct checked *checked)
{
	struct synthetic_insn insns[LARGEST];
	struct machine m = {0};
	struct plan_input input = {.prices = synthetic_prices, .every_line = every_line};
	uint32_t n = random_graph(insns), *lines;
	struct cfg *cfg = synthetic__cfg(insns, n, &lines);
	struct attribution *a;
	struct plan *plan;
	bool usable;

	choose_pads(cfg);
	input.cfg = m.cfg = cfg;
	input.lines = lines;
	assert_int_equal(plan__build(&input, &plan), 0);
	m.plan = plan;
	m.edges = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*m.edges));
	m.edge = UINT32_MAX;
	find_places(&m);
	for (int k = 0; k < ACTIVATIONS; k++)
		run(&m);
	usable = m.steps < STEPS;
	assert_int_equal(attribute__insns(plan, m.edges, &a), 0);
	if (usable) {
		compare(&m, a);
		if (!plan->n_blind)
			assert_time_is_kept(plan, m.edges, a);
		for (uint32_t i = 0; plan->n_blind && i < cfg->n_insns; i++)
			*(a->unsure[i] ? &checked->unsure : &checked->sure) += 1;
	}
	attribution__free(a);
	free(m.edges);
	plan__free(plan);
	cfg__free(cfg);
	free(lines);
	return usable;
}

static void check_graphs(bool every_line)
{
	struct checked checked = {0};
	uint32_t usable = 0;

	for (int k = 0; k < GRAPHS; k++)
		usable += check_graph(every_line, &checked);
	assert_true(usable > GRAPHS / 2);
	assert_true(checked.unsure && checked.sure > 4 * checked.unsure);
}

static void random_graphs(void **state)
{
	(void)state;
	check_graphs(false);
}

static void random_graphs_every_line(void **state)
{
	(void)state;
	check_graphs(true);
}

static void assert_near(double x, double y)
{
	if (x < y - 1e-6 || x > y + 1e-6)
		fail_msg("%g is not %g", x, y);
}

/* push; call; plain; ret: time that the call did not take is divided by static cost. */
static void long_operation_gets_the_time(void **state)
{
	const struct synthetic_insn insns[] = {PUSH(1), CALL(2), JUMP(3, 2), RET(3)};
	const struct plan_input input = {.prices = synthetic_prices};
	struct plan_input with = input;
	struct attribute_edge edges[4] = {{10, 10, {10000, 2000, 400, 30}}, {0}, {.departures = 10}, {0}};
	struct attribution *a;
	struct plan *plan;
	uint32_t *lines;

	(void)state;
	with.cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	with.lines = lines;
	assert_int_equal(plan__build(&with, &plan), 0);
	assert_int_equal(plan->n_sites, 2);
	assert_int_equal(attribute__insns(plan, edges, &a), 0);
	/* Each instruction costs 1 ns ten times. */
	assert_near(a->times[0].ns, 10);
	assert_near(a->times[1].ns, 9990);
	assert_int_equal(a->counts[3], 10);
	/* The uncertainty and the time off the processor belong to the call. */
	assert_near(a->times[0].doubt_ns + a->times[0].blocked_ns + a->times[0].waiting_ns, 0);
	assert_near(a->times[1].doubt_ns, 2000);
	assert_near(a->times[1].blocked_ns, 400);
	assert_near(a->times[1].waiting_ns, 30);
	attribution__free(a);

	/* A call that returned only four times, and an interval shorter than the static cost. */
	edges[0] = (struct attribute_edge){10, 4, {.ns = 6, .doubt_ns = 300}};
	edges[2] = (struct attribute_edge){.departures = 4};
	assert_int_equal(attribute__insns(plan, edges, &a), 0);
	assert_int_equal(a->counts[1], 10);
	assert_int_equal(a->counts[2], 4);
	assert_near(a->times[1].ns, 3);
	/* The static costs are 8 together: what lacks is doubt too. */
	assert_near(a->times[0].doubt_ns, 1);
	assert_near(a->times[1].doubt_ns, 301);
	attribution__free(a);
	plan__free(plan);
	cfg__free((struct cfg *)with.cfg);
	free(lines);
}

/* Two checks of the stack, and where it is made larger: whoever went there was not there at all. */
static void restarts_are_taken_back(void **state)
{
	const struct synthetic_insn insns[] = {COND(4, 1), COND(4, 1), PLAIN(2), RET(3), CALL(1), JUMP(0, 1)};
	/* Seven calls; three of the first checks and two of the second fail. */
	const struct attribute_edge edges[] = {
		{9, 9, {.ns = 90}}, {3, 0, {.ns = 3}}, {.departures = 7}, {.departures = 2}};
	struct plan_input input = {.prices = synthetic_prices};
	struct attribution *a;
	struct plan *plan;
	struct cfg *cfg;
	uint32_t *lines;

	(void)state;
	cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	cfg->insns[4].restart = cfg->insns[5].restart = true;
	input.cfg = cfg;
	input.lines = lines;
	assert_int_equal(plan__build(&input, &plan), 0);
	assert_int_equal(plan->n_sites, 2);
	assert_true(plan->sites[0].entry && plan->sites[0].restart[1] && plan->sites[1].restart[1]);
	assert_true(!plan->sites[0].restart[0] && !plan->sites[1].restart[0]);
	assert_int_equal(plan->sites[0].next[1], PLAN_OUT);
	assert_int_equal(attribute__insns(plan, edges, &a), 0);
	for (uint32_t i = 0; i < COUNT(insns); i++)
		assert_int_equal(a->counts[i], i < 4 ? 7 : 0);
	assert_int_equal(a->rooted[0], 7);
	assert_int_equal(a->taken[0] + a->taken[1] + a->taken[5], 0);
	attribution__free(a);
	plan__free(plan);
	cfg__free(cfg);
	free(lines);
}

/* The time of an edge as far as the instructions alone tell it. */
static void static_cost_where_it_is_known(void **state)
{
	struct synthetic_insn insns[] = {PUSH(1), PLAIN(1), COND(1, 1), PLAIN(2), RET(2)};
	struct plan_input input = {.prices = synthetic_prices};
	struct cfg *cfg;
	struct plan *plan;
	uint32_t *lines;

	(void)state;
	cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	input.cfg = cfg;
	input.lines = lines;
	assert_int_equal(plan__build(&input, &plan), 0);
	assert_int_equal(plan->n_sites, 2);
	assert_near(attribute__static_cost(plan, 0, false, false), 2);
	assert_near(attribute__static_cost(plan, 1, false, false), 3);
	assert_near(attribute__static_cost(plan, 1, true, false), 2);
	/* Access to the function's own frame costs no more than the instructions say; access to other memory may. */
	cfg->insns[1].insn.memory = INSN_MEMORY_STACK;
	assert_near(attribute__static_cost(plan, 0, false, false), 2);
	cfg->insns[1].insn.memory = INSN_MEMORY_FRAME;
	assert_near(attribute__static_cost(plan, 0, false, true), 2);
	assert_true(attribute__static_cost(plan, 0, false, false) < 0);
	cfg->insns[1].insn.memory = INSN_MEMORY_OTHER;
	assert_true(attribute__static_cost(plan, 0, false, true) < 0);
	assert_true(attribute__static_cost(plan, 1, true, false) < 0);
	assert_near(attribute__static_cost(plan, 1, false, false), 3);
	plan__free(plan);
	cfg__free(cfg);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_graphs),
		cmocka_unit_test(random_graphs_every_line),
		cmocka_unit_test(long_operation_gets_the_time),
		cmocka_unit_test(restarts_are_taken_back),
		cmocka_unit_test(static_cost_where_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

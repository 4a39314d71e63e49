// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sites that carry no probe. Random control-flow graphs run in an interpreter, which at the sites that carry one does
 * what the BPF programs do. Counting begins and ends at any moment, and signals end activations. Instructions change
 * registers at random. The counts of all edges must come out as they were.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/attribute.h"
#include "flow/plan_build.h"
#include "flow/register_path.h"
#include "flow/site_frequency.h"
#include "flow/spared_choice.h"
#include "flow/spared_counts.h"
#include "flow/spared_plan.h"
#include "flow/spared_times.h"
#include "loop_variable.h"
#include "unit/synthetic.h"
#include "unit/test.h"

#define LARGEST	    60
#define GRAPHS	    100000
#define ACTIVATIONS 12
#define STEPS	    4000

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t below(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

/* How often there was what is to be tested. */
struct found {
	uint32_t spared, variables, breakpoints;
};

/* The thread, and what is counted of it. */
struct machine {
	const struct plan *plan;
	struct attribute_edge *edges; /* by the probes */
	struct attribute_edge *truth; /* of each edge of each site, probed or not */
	int64_t *excess;
	uint64_t begins, ends, steps; /* it is counted from the first of these steps up to the second */
	bool alive;		      /* the frame is known to the probes, and may be on a way */
	uint32_t edge, next;	      /* which: as in struct lprof_frame */
	uint64_t registers[INSN_REGISTERS];
	const struct insn_effect *effects;
	uint32_t variable; /* of the edge, see plan__edge_variable() */
	uint64_t start;	   /* what it was where the region begins */
	int64_t *moved;	   /* of all passes, per variable */
	bool unknown;	   /* some pass ended where it is not known by how much its variable had changed */
	struct found *found;
	uint32_t passing; /* the edge on which it is really; UINT32_MAX: none that is counted */
};

static bool is_counted(const struct machine *m)
{
	return m->steps >= m->begins && m->steps < m->ends;
}

/* By how much the variable of the edge has changed since the departure. */
static int64_t change(const struct machine *m)
{
	const struct plan_variable *from = &m->plan->variables[m->variable - 1];
	const struct lprof_variable variable = {.kind = !from->narrow ? LPROF_VARIABLE_WHOLE
							: from->falls ? LPROF_VARIABLE_FALLS
								      : LPROF_VARIABLE_RISES};

	return lprof_variable__change(&variable, m->start, m->registers[from->reg]);
}

static void begin_variable(struct machine *m)
{
	struct register_value values[INSN_REGISTERS], *value;

	m->variable = plan__edge_variable(m->plan, m->edge / 2, m->edge % 2);
	if (!m->variable)
		return;
	register_path__edge(m->plan, m->effects, m->edge / 2, m->edge % 2, values);
	value = &values[m->plan->variables[m->variable - 1].reg];
	assert_true(value->source <= REGISTER_ADDRESS);
	m->start = (uint64_t)(int64_t)value->offset;
	if (value->source < INSN_REGISTERS)
		m->start += m->registers[value->source];
	else if (value->source == REGISTER_ADDRESS)
		m->start += m->plan->cfg->insns[m->plan->sites[m->edge / 2].insn].insn.addr;
}

/* What the BPF program does at a hit of site S. */
static void hit(struct machine *m, uint32_t s, bool taken)
{
	const struct plan_site *site = &m->plan->sites[s];
	bool entered = site->entry && !(m->alive && m->next == s);

	if (!entered && !m->alive)
		m->excess[s]++;
	if (!entered && m->alive && (m->next == s || m->next == PLAN_ANY))
		m->edges[m->edge].arrivals++;
	if (!entered && m->alive && m->variable)
		m->moved[m->variable - 1] += change(m);
	m->edge = 2 * s + taken;
	begin_variable(m);
	m->next = site->next[taken];
	m->alive = m->next != PLAN_OUT;
	m->edges[m->edge].departures++;
}

/* What is true at site S, as far as the frame was known before or becomes known here. */
static void pass(struct machine *m, uint32_t s, bool taken)
{
	bool known = m->passing != UINT32_MAX || !m->plan->sites[s].spared;

	if (m->passing != UINT32_MAX && m->plan->sites[m->passing / 2].next[m->passing % 2] == s)
		m->truth[m->passing].arrivals++;
	m->passing = known ? 2 * s + taken : UINT32_MAX;
	if (known)
		m->truth[m->passing].departures++;
}

/* The thread's instruction pointer in front of instruction I, where it may have come as far as behind a breakpoint. */
static uint64_t pointer(struct machine *m, uint32_t i)
{
	const struct cfg_insn *insn = &m->plan->cfg->insns[i];
	uint32_t site = m->plan->site_of[i];
	uint64_t address = insn->insn.addr;

	if (site && !m->plan->sites[site - 1].spared && spared_counts__place(m->plan, m->edge / 2, address + 1) == i &&
	    below(2)) {
		m->found->breakpoints++;
		address++;
	}
	return address;
}

/* The activation ends here for the probes: in front of instruction I, which is executed no more. */
static void leave(struct machine *m, uint32_t i)
{
	uint32_t site;
	int64_t moved;

	if (m->alive && !m->plan->sites[m->edge / 2].called[m->edge % 2]) {
		i = spared_counts__place(m->plan, m->edge / 2, pointer(m, i));
		site = plan__walk_root(m->plan, i, NULL, NULL);
		if (site < m->plan->n_sites)
			m->excess[site]--;
		if (m->variable && spared_counts__ended(m->plan, i, m->variable, 1, change(m), &moved))
			m->moved[m->variable - 1] += moved;
		else
			m->unknown |= m->variable;
	}
	m->alive = false;
	m->passing = UINT32_MAX;
}

static uint32_t random_root(const struct cfg *cfg, uint8_t root)
{
	uint32_t found[LARGEST], n = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].root & root)
			found[n++] = i;
	return n ? found[below(n)] : CFG_NONE;
}

static uint32_t step(const struct machine *m, uint32_t i, bool taken)
{
	const struct cfg_insn *insn = &m->plan->cfg->insns[i];

	if (insn->insn.lng == INSN_LONG_CALL && !below(10)) /* it throws */
		return below(2) ? random_root(m->plan->cfg, CFG_ROOT_PAD) : CFG_NONE;
	if (insn->insn.flow == INSN_FLOW_JUMP_INDIRECT)
		return random_root(m->plan->cfg, CFG_ROOT_INDIRECT);
	return taken ? insn->taken : insn->next;
}

static uint64_t random_number(void)
{
	return (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
}

/* Executes instruction I as far as registers are concerned. */
static void execute(struct machine *m, uint32_t i)
{
	const struct insn_effect *effect = &m->effects[i];
	uint64_t sum = m->registers[effect->source] + (uint64_t)(int64_t)effect->offset;

	for (int reg = 0; reg < INSN_REGISTERS; reg++)
		if (effect->unknown & 1u << reg)
			m->registers[reg] = random_number();
	if (effect->assigns)
		m->registers[effect->dest] = sum;
	else if (effect->narrow)
		m->registers[effect->dest] = (uint32_t)sum;
	else if (effect->constant)
		m->registers[effect->dest] = (uint64_t)(int64_t)effect->offset;
	else if (effect->address)
		m->registers[effect->dest] = m->plan->cfg->insns[i].insn.data;
}

/* An activation. It ends with its last instruction, or in front of any by a signal whose handler does not return. */
static void run(struct machine *m)
{
	for (uint32_t i = m->plan->cfg->entry; i != CFG_NONE && m->steps < STEPS; m->steps++) {
		uint8_t flow = m->plan->cfg->insns[i].insn.flow;
		bool cond = flow == INSN_FLOW_COND, taken = flow == INSN_FLOW_JUMP || (cond && below(3));
		uint32_t site = m->plan->site_of[i];

		if (m->steps == m->ends || (m->steps < m->ends && !below(200))) {
			leave(m, i);
			return;
		}
		if (site && is_counted(m)) {
			pass(m, site - 1, cond && taken);
			if (!m->plan->sites[site - 1].spared)
				hit(m, site - 1, cond && taken);
		}
		execute(m, i);
		i = step(m, i, taken);
	}
	/* Whether control left, and where, was seen by no probe. */
	m->alive = false;
	m->passing = UINT32_MAX;
}

static uint32_t random_graph(struct synthetic_insn *insns)
{
	uint32_t n = 4 + below(LARGEST - 4);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t line = 1 + i / 3;
		const struct synthetic_insn kinds[] = {
			PLAIN(line),	      PLAIN(line),
			PUSH(line),	      COND(below(n), line),
			COND(below(n), line), COND(below(n), line),
			COND(below(n), line), CALL(line),
			JUMP(below(n), line), RET(line),
		};

		insns[i] = kinds[below(COUNT(kinds))];
		if (!below(60))
			insns[i] = (struct synthetic_insn)JUMPR(line);
	}
	insns[n - 1] = (struct synthetic_insn)RET(n);
	for (uint32_t k = below(2); k > 0; k--)
		insns[below(n)].root |= CFG_ROOT_INDIRECT;
	return n;
}

/* Mostly changes of one of few registers by constants, so that many loops have a variable. */
static struct insn_effect random_effect(struct cfg_insn *insn)
{
	uint8_t dest = (uint8_t)below(3), source = below(4) ? dest : (uint8_t)below(3);
	int32_t offset = (int32_t)below(5) - 1;
	const struct insn_effect kinds[] = {
		{.dest = dest, .source = source, .offset = offset, .assigns = true},
		{.dest = dest, .source = source, .offset = offset, .narrow = true, .unknown = (uint16_t)(1u << dest)},
		{.dest = dest, .offset = offset, .constant = true, .unknown = (uint16_t)(1u << dest)},
		{.dest = dest, .address = true, .unknown = (uint16_t)(1u << dest)},
		{.unknown = (uint16_t)(1u << dest)},
	};
	static const uint8_t odds[] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4};

	insn->insn.data = insn->insn.addr + 100;
	if (insn->insn.lng == INSN_LONG_CALL)
		return (struct insn_effect){.unknown = UINT16_MAX};
	if (insn->insn.flow != INSN_FLOW_NEXT || below(2))
		return (struct insn_effect){0};
	return kinds[odds[below(COUNT(odds))]];
}

/* EFFECTS has LARGEST items. */
static struct plan *random_plan(uint32_t **lines, struct insn_effect *effects)
{
	struct synthetic_insn insns[LARGEST];
	struct plan_input input = {.prices = synthetic_prices, .effects = effects};
	double weights[LARGEST];
	struct cfg *cfg = synthetic__cfg(insns, random_graph(insns), lines);
	struct plan *plan;

	/* Instructions of one byte, or of two. */
	for (uint32_t i = 0, size = 1 + below(2); i < cfg->n_insns; i++)
		cfg->insns[i].insn.addr *= size;
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (!cfg->insns[i].n_preds && !cfg->insns[i].root)
			cfg->insns[i].root = below(2) ? CFG_ROOT_PAD : CFG_ROOT_ORPHAN;
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		effects[i] = random_effect(&cfg->insns[i]);
	input.cfg = cfg;
	input.lines = *lines;
	if (below(2)) {
		assert_int_equal(spared_plan__build(&input, &plan), 0);
		return plan;
	}
	/* Any choice must do. */
	assert_int_equal(plan__build(&input, &plan), 0);
	for (uint32_t s = 0; s < plan->n_sites; s++)
		weights[s] = below(100);
	assert_int_equal(spared_choice__make(plan, effects, weights, synthetic_prices), 0);
	return plan;
}

static void compare(const struct machine *m)
{
	for (uint32_t e = 0; e < 2 * m->plan->n_sites; e++) {
		assert_int_equal(m->edges[e].departures, m->truth[e].departures);
		if (m->plan->sites[e / 2].called[e % 2] && m->plan->sites[e / 2].next[e % 2] < m->plan->n_sites)
			assert_int_equal(m->edges[e].arrivals, m->truth[e].arrivals);
	}
}

static void check_graph(struct found *found)
{
	struct insn_effect effects[LARGEST];
	uint32_t *lines, n_wrong;
	struct plan *plan = random_plan(&lines, effects);
	struct machine m = {
		.plan = plan,
		.edges = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*m.edges)),
		.truth = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*m.truth)),
		.excess = calloc(plan->n_sites + 1ul, sizeof(*m.excess)),
		.moved = calloc(plan->n_variables + 1ul, sizeof(*m.moved)),
		.effects = effects,
		.begins = below(2) ? 0 : below(100),
		.ends = below(2) ? STEPS : 100 + below(400),
		.passing = UINT32_MAX,
		.found = found,
	};

	for (int k = 0; k < ACTIVATIONS; k++)
		run(&m);
	assert_int_equal(spared_counts__solve(plan, m.excess, m.moved, m.edges, &n_wrong), 0);
	if (m.steps < STEPS && !m.unknown) {
		assert_int_equal(n_wrong, 0);
		compare(&m);
	}
	found->spared += m.steps < STEPS ? plan->n_spared : 0;
	found->variables += m.steps < STEPS ? plan->n_variables : 0;
	free(m.edges);
	free(m.truth);
	free(m.excess);
	free(m.moved);
	cfg__free((struct cfg *)plan->cfg);
	plan__free(plan);
	free(lines);
}

static void random_graphs(void **state)
{
	struct found found = {0};

	(void)state;
	for (int k = 0; k < GRAPHS; k++)
		check_graph(&found);
	assert_true(found.spared > GRAPHS / 2 && found.variables > GRAPHS / 30 && found.breakpoints > GRAPHS / 30);
}

/* A loop with a condition in it, as in tests/programs/collatz.c. */
static const struct synthetic_insn loop[] = {
	PUSH(1), JUMP(5, 1), COND(4, 2), PLAIN(3), PLAIN(4), COND(2, 5), RET(6),
};
enum { ENTRY, IF, WHILE }; /* its sites */

static struct plan *loop_plan(uint32_t **lines)
{
	struct plan_input input = {.prices = synthetic_prices};
	double weights[COUNT(loop)];
	struct plan *plan;

	input.cfg = synthetic__cfg(loop, COUNT(loop), lines);
	input.lines = *lines;
	assert_int_equal(plan__build(&input, &plan), 0);
	assert_int_equal(plan->n_sites, 3);
	assert_int_equal(plan->predicted_ns, 30);
	assert_int_equal(site_frequency__guess(plan, weights, NULL), 0);
	assert_true(weights[WHILE] > weights[IF] && weights[IF] > 3 * weights[ENTRY]);
	assert_int_equal(spared_choice__make(plan, NULL, weights, synthetic_prices), 0);
	return plan;
}

static void free_plan(struct plan *plan, uint32_t *lines)
{
	cfg__free((struct cfg *)plan->cfg);
	plan__free(plan);
	free(lines);
}

/* Of the two conditions in a loop one needs a probe, which tells the other's counts. */
static void one_of_two_conditions(void **state)
{
	struct attribute_edge edges[6] = {
		[2 * ENTRY] = {.departures = 4}, [2 * IF] = {.departures = 70}, [2 * IF + 1] = {.departures = 30}};
	const int64_t none[3] = {0}, late[3] = {[IF] = 1}, stopped[3] = {[WHILE] = -1};
	uint32_t *lines, n_wrong;
	struct plan *plan = loop_plan(&lines);

	(void)state;
	assert_true(!plan->sites[ENTRY].spared && !plan->sites[IF].spared && plan->sites[WHILE].spared);
	assert_int_equal(plan->predicted_ns, 20);
	assert_int_equal(spared_counts__solve(plan, none, NULL, edges, &n_wrong), 0);
	assert_int_equal(n_wrong, 0);
	assert_int_equal(edges[2 * WHILE].departures, 4);
	assert_int_equal(edges[2 * WHILE + 1].departures, 100);
	/* A thread was in the loop when counting began, and came to the `if` first. */
	assert_int_equal(spared_counts__solve(plan, late, NULL, edges, &n_wrong), 0);
	assert_int_equal(edges[2 * WHILE].departures, 5);
	assert_int_equal(edges[2 * WHILE + 1].departures, 99);
	/* Or counting ended on the way from the `if` to the `while`. */
	assert_int_equal(spared_counts__solve(plan, stopped, NULL, edges, &n_wrong), 0);
	assert_int_equal(edges[2 * WHILE].departures, 3);
	assert_int_equal(edges[2 * WHILE + 1].departures, 100);
	assert_int_equal(n_wrong, 0);
	/* Hits of the entry that were missed show as a number below zero. */
	edges[2 * ENTRY].departures = 0;
	assert_int_equal(spared_counts__solve(plan, stopped, NULL, edges, &n_wrong), 0);
	assert_int_equal(n_wrong, 1);
	free_plan(plan, lines);
}

static void assert_near(double x, double y)
{
	if (x < y - 1e-6 || x > y + 1e-6)
		fail_msg("%g is not %g", x, y);
}

/* What was measured from one `if` to the next is shared with the `while` between them. Each instruction costs 1 ns. */
static void time_on_the_way(void **state)
{
	struct attribute_edge edges[6] = {
		[2 * ENTRY] = {.departures = 4, .time = {.ns = 40}},
		[2 * IF] = {.departures = 70, .time = {.ns = 500, .doubt_ns = 50}},
		[2 * IF + 1] = {.departures = 30},
	};
	const double costs[6] = {2, 0, 3, 2, 2, 1}, unknown[6] = {2, 0, 3, 2, 2, -1};
	double least[6];
	const int64_t none[3] = {0};
	double passages[6], sum = 0;
	uint32_t *lines, n_wrong;
	struct plan *plan = loop_plan(&lines);

	(void)state;
	assert_int_equal(spared_counts__solve(plan, none, NULL, edges, &n_wrong), 0);
	assert_int_equal(spared_times__costs(plan, edges, costs, passages), 0);
	for (uint32_t e = 0; e < 6; e++)
		least[e] = attribute__least_cost(plan, e / 2, e % 2);
	/* Of 104 passages of the `while`, 100 go on in the loop. */
	assert_near(passages[2 * IF], 3 + (100 * 1 + 4 * 2) / 104.0);
	assert_near(passages[2 * IF + 1], 2 + (100 * 1 + 4 * 2) / 104.0);
	assert_int_equal(spared_times__costs(plan, edges, unknown, passages), 0);
	assert_true(passages[2 * IF] < 0 && passages[2 * IF + 1] < 0);
	assert_int_equal(spared_times__spread(plan, least, edges), 0);
	for (int e = 0; e < 6; e++)
		sum += edges[e].time.ns;
	assert_near(sum, 540);
	assert_near(edges[2 * IF].time.ns, 500 * 3 / (3 + 108 / 104.0));
	assert_near(edges[2 * IF].time.doubt_ns, 50 * 3 / (3 + 108 / 104.0));
	free_plan(plan, lines);
}

/* Nothing is spared beside a call, and nothing at all where control goes to unknown places. */
static void what_is_not_spared(void **state)
{
	static const struct synthetic_insn called[] = {
		PUSH(1), JUMP(5, 1), COND(4, 2), CALL(3), PLAIN(4), COND(2, 5), RET(6),
	};
	static const struct synthetic_insn blind[] = {
		PUSH(1), JUMP(5, 1), COND(4, 2), NEVER(3), NEVER(4), COND(2, 5), NEVER(6), CALLR(7), CALLR(8), RET(8),
	};
	const struct {
		const struct synthetic_insn *insns;
		uint32_t n;
	} bodies[] = {{called, COUNT(called)}, {blind, COUNT(blind)}};

	(void)state;
	for (size_t k = 0; k < COUNT(bodies); k++) {
		struct plan_input input = {.prices = synthetic_prices};
		double weights[COUNT(blind)] = {1, 1, 1};
		struct plan *plan;
		uint32_t *lines;

		input.cfg = synthetic__cfg(bodies[k].insns, bodies[k].n, &lines);
		input.lines = lines;
		assert_int_equal(plan__build(&input, &plan), 0);
		assert_int_equal(plan->n_blind != 0, bodies[k].insns == blind);
		assert_int_equal(spared_choice__make(plan, NULL, weights, synthetic_prices), 0);
		assert_int_equal(plan->n_spared, 0);
		free_plan(plan, lines);
	}
}

/* A jump to a call: the call carries the probe, and the jump, which is in a loop, none. */
static void a_guard_at_a_call(void **state)
{
	static const struct synthetic_insn insns[] = {
		PUSH(1), COND(5, 2), COND(1, 3), PLAIN(4), RET(4), CALL(2), JUMP(2, 2),
	};
	/* The call after which a jump comes that must stay says no more than this jump does. */
	static const struct synthetic_insn vain[] = {PUSH(1), CALL(1), COND(4, 2), PLAIN(3), CALL(4), RET(4)};
	struct plan_input input = {.prices = synthetic_prices};
	uint32_t *lines, *other_lines;
	struct plan *plan;

	(void)state;
	input.cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	input.lines = lines;
	assert_int_equal(spared_plan__build(&input, &plan), 0);
	assert_true(plan->site_of[5] && plan->sites[plan->site_of[1] - 1].spared);
	assert_int_equal(plan->n_spared, 1);
	free_plan(plan, lines);
	input.cfg = synthetic__cfg(vain, COUNT(vain), &other_lines);
	input.lines = other_lines;
	assert_int_equal(spared_plan__build(&input, &plan), 0);
	assert_true(!plan->site_of[3] && !plan->n_spared);
	free_plan(plan, other_lines);
}

/* Two conditions in a loop, each with code of its own that ends with a jump: one of these is executed less often. */
static void a_guard_on_one_way(void **state)
{
	static const struct synthetic_insn insns[] = {
		PUSH(1), COND(7, 2), PLAIN(2),	 COND(9, 3), PLAIN(3),	 COND(1, 4),
		RET(5),	 PLAIN(6),   JUMP(2, 6), PLAIN(7),   JUMP(4, 7),
	};
	struct plan_input input = {.prices = synthetic_prices};
	uint32_t *lines;
	struct plan *plan;

	(void)state;
	input.cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	input.lines = lines;
	assert_int_equal(spared_plan__build(&input, &plan), 0);
	assert_true(!plan->site_of[8] != !plan->site_of[10]);
	assert_int_equal(plan->n_spared, 2);
	free_plan(plan, lines);
}

/* A loop whose counter is in another register for a while: a pass that ends then does not tell how often it went. */
static void an_end_while_the_variable_is_elsewhere(void **state)
{
	static const struct synthetic_insn insns[] = {PUSH(1), PLAIN(2),   PLAIN(2), COND(1, 2),
						      PUSH(3), COND(0, 3), RET(4)};
	const struct insn_effect effects[COUNT(insns)] = {
		{.dest = 0, .constant = true, .unknown = 1},		/* xor %eax,%eax, so to say */
		{.assigns = true, .dest = 2, .source = 0, .offset = 1}, /* lea 1(%rax),%rdx */
		{.assigns = true, .dest = 0, .source = 2},		/* mov %rdx,%rax */
	};
	struct plan_input input = {.prices = synthetic_prices, .effects = effects};
	uint32_t *lines;
	struct plan *plan;
	int64_t change;

	(void)state;
	input.cfg = synthetic__cfg(insns, COUNT(insns), &lines);
	input.lines = lines;
	assert_int_equal(spared_plan__build(&input, &plan), 0);
	assert_int_equal(plan->n_variables, 1);
	assert_true(spared_counts__ended(plan, 1, 1, 3, 70, &change));
	assert_int_equal(change, 70 + 3);
	assert_true(spared_counts__ended(plan, 3, 1, 3, 70, &change));
	assert_int_equal(change, 70);
	assert_false(spared_counts__ended(plan, 2, 1, 3, 70, &change));
	free_plan(plan, lines);
}

/* As the BPF programs do it. */
static void changes_of_variables(void **state)
{
	const struct lprof_variable whole = {.kind = LPROF_VARIABLE_WHOLE, .shift = 3};
	const struct lprof_variable rises = {.kind = LPROF_VARIABLE_RISES}, falls = {.kind = LPROF_VARIABLE_FALLS};

	(void)state;
	assert_int_equal(lprof_variable__change(&whole, 100, 20), -80);
	assert_int_equal(lprof_variable__change(&rises, 0x1fffffff0, 0x10), 0x20);
	assert_int_equal(lprof_variable__change(&rises, 5, 0xfff00005), 0xfff00000);
	assert_int_equal(lprof_variable__change(&rises, 5, 2), -3);
	assert_int_equal(lprof_variable__change(&falls, 0x10, 0xfffffff0), -0x20);
	assert_int_equal(lprof_variable__change(&falls, 0xfff00005, 5), -0xfff00000ll);
	assert_int_equal(lprof_variable__change(&falls, 2, 5), 3);
	/* 2^32 changes take more than a third of a second. */
	assert_false(lprof_variable__is_doubtful(&rises, 5, 350000000));
	assert_true(lprof_variable__is_doubtful(&rises, 5, 360000000));
	assert_true(lprof_variable__is_doubtful(&falls, 5, 360000000));
	assert_false(lprof_variable__is_doubtful(&whole, 8 * 12 * 1000000, 1000000));
	assert_false(lprof_variable__is_doubtful(&whole, 5, 3600000000000));
	assert_true(lprof_variable__is_doubtful(&whole, -8ll * 12 * 1000000, 900000));
	assert_true(lprof_variable__is_doubtful(&whole, INT64_MIN, 1000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_graphs),
		cmocka_unit_test(one_of_two_conditions),
		cmocka_unit_test(time_on_the_way),
		cmocka_unit_test(what_is_not_spared),
		cmocka_unit_test(a_guard_at_a_call),
		cmocka_unit_test(a_guard_on_one_way),
		cmocka_unit_test(an_end_while_the_variable_is_elsewhere),
		cmocka_unit_test(changes_of_variables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

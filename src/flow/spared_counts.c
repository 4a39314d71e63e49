// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory: spared_choice.c, spared_regions.c. The balance of a site is what comes to it less what leaves it, of all that
 * is known so far. Each step makes known the one edge that balances a site, and so changes the balance of the site at
 * its other end. In the end, all balances of sites that control reaches along known edges only are zero.
 *
 * The edges of variables are first taken for never travelled. Then each variable should have changed by a certain sum.
 * By how much it changed more, divided by its gain, is how often its edge was travelled. With that, the steps are taken
 * once more.
 */
#include "flow/spared_counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/attribute.h"
#include "flow/register_path.h"

struct system {
	const struct plan *plan;
	int64_t *counts;	      /* per edge of a spared site */
	int64_t *balance;	      /* per site */
	const int64_t *balance_known; /* per site: of what does not depend on unknowns */
};

/*
 * What a variable changed by is up to the program, so counts may be any numbers. Where they are too large, sums begin
 * anew, and what comes out is found to be wrong as always.
 */
static int64_t difference(int64_t x, int64_t y)
{
	return (int64_t)((uint64_t)x - (uint64_t)y);
}

static void add_count(const struct system *system, uint32_t e, int64_t departures, int64_t arrivals, int64_t *balance)
{
	const struct plan_site *site = &system->plan->sites[e / 2];

	balance[e / 2] = difference(balance[e / 2], departures);
	if (site->next[e % 2] < system->plan->n_sites)
		balance[site->next[e % 2]] = difference(balance[site->next[e % 2]], difference(0, arrivals));
}

/* Solves for all unknown edges but those of the variables. */
static void take_steps(const struct system *system)
{
	const struct plan *plan = system->plan;

	memcpy(system->balance, system->balance_known, plan->n_sites * sizeof(*system->balance));
	for (uint32_t v = 0; v < plan->n_variables; v++) {
		uint32_t e = plan->variables[v].edge;

		add_count(system, e, system->counts[e], system->counts[e], system->balance);
	}
	for (uint32_t k = 0; k < plan->n_steps; k++) {
		const struct plan_step *step = &plan->steps[k];
		bool leaves = step->edge / 2 == step->site;
		int64_t n = leaves ? system->balance[step->site] : difference(0, system->balance[step->site]);

		system->counts[step->edge] = n;
		add_count(system, step->edge, n, n, system->balance);
	}
}

/* Takes from MORE, for each variable, what it changed by as far as counts are known. */
static void take_explained(const struct system *system, int64_t *more)
{
	const struct plan *plan = system->plan;

	for (uint32_t e = 0; plan->n_variables && e < 2 * plan->n_sites; e++) {
		uint32_t number = plan->sites[e / 2].variable;

		if (number)
			more[number - 1] = difference(
				more[number - 1], (int64_t)((uint64_t)plan->changes[e] * (uint64_t)system->counts[e]));
	}
}

/* Counts the edges of the variables, of which MORE is left to be explained. Returns how many cannot be right. */
static uint32_t read_variables(const struct system *system, int64_t *more)
{
	const struct plan *plan = system->plan;
	uint32_t n_wrong = 0;

	take_explained(system, more);
	for (uint32_t v = 0; v < plan->n_variables; v++) {
		int64_t gain = plan->variables[v].gain, *count = &system->counts[plan->variables[v].edge];

		/* The least of all numbers cannot be divided by -1. */
		*count = gain == -1 ? difference(0, more[v]) : more[v] / gain;
		n_wrong += gain != -1 && more[v] % gain != 0;
	}
	return n_wrong;
}

static void find_known(const struct system *system, const int64_t *excess, const struct attribute_edge *edges,
		       int64_t *balance)
{
	const struct plan *plan = system->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++)
		balance[s] = excess[s];
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (!plan->sites[e / 2].spared)
			add_count(system, e, (int64_t)edges[e].departures,
				  (int64_t)attribute__arrivals(&plan->sites[e / 2], e % 2, &edges[e]), balance);
}

/* Hands out the counts, and returns how many cannot be right. */
static uint32_t finish(const struct system *system, struct attribute_edge *edges)
{
	const struct plan *plan = system->plan;
	uint32_t n_wrong = 0;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		if (!plan->sites[e / 2].spared)
			continue;
		n_wrong += system->counts[e] < 0;
		edges[e].departures = edges[e].arrivals = system->counts[e] < 0 ? 0 : (uint64_t)system->counts[e];
	}
	for (uint32_t s = 0; s < plan->n_sites; s++)
		n_wrong += plan->n_spared && !plan->sites[s].rooted && system->balance[s] != 0;
	return n_wrong;
}

int spared_counts__solve(const struct plan *plan, const int64_t *excess, const int64_t *moved,
			 struct attribute_edge *edges, uint32_t *n_wrong)
{
	int64_t *known = calloc(plan->n_sites + 1ul, sizeof(*known));
	struct system system = {
		.plan = plan,
		.counts = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*system.counts)),
		.balance = calloc(plan->n_sites + 1ul, sizeof(*system.balance)),
		.balance_known = known,
	};
	int64_t *more = calloc(plan->n_variables + 1ul, sizeof(*more));
	int err = known && system.counts && system.balance && more ? 0 : -ENOMEM;

	*n_wrong = 0;
	if (!err) {
		find_known(&system, excess, edges, known);
		take_steps(&system);
		for (uint32_t v = 0; v < plan->n_variables; v++)
			more[v] = moved[v];
		*n_wrong = read_variables(&system, more);
		if (plan->n_variables)
			take_steps(&system);
		*n_wrong += finish(&system, edges);
	}
	free(known);
	free(more);
	free(system.counts);
	free(system.balance);
	return err;
}

/* Whether control comes to the instruction I, if at all, from the instruction in front of it in memory. */
static bool is_only_behind(const struct cfg *cfg, uint32_t i)
{
	return !cfg->insns[i].root && cfg->insns[i].n_preds <= (cfg->insns[i - 1].next == i);
}

uint32_t spared_counts__place(const struct plan *plan, uint32_t last, uint64_t address)
{
	uint32_t i = cfg__find(plan->cfg, address), before = cfg__find(plan->cfg, address - 1);
	uint32_t site = before == CFG_NONE ? 0 : plan->site_of[before];

	/* Within an instruction it can stand for no other reason. Behind one, a hit would have been the last one. */
	if (site && !plan->sites[site - 1].spared &&
	    (i == CFG_NONE || (site - 1 != last && is_only_behind(plan->cfg, i))))
		i = before;
	return i == CFG_NONE || !plan->scope[i] ? CFG_NONE : i;
}

struct sought {
	uint32_t insn;
	bool found;
};

static void look_for(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct sought *sought = ctx;

	(void)transfer;
	sought->found |= i == sought->insn;
}

/* Whether an edge of the region of the variable NUMBER leads over the instruction INSN. */
static bool is_in_region(const struct plan *plan, uint32_t insn, uint32_t number)
{
	struct sought sought = {.insn = insn};

	for (uint32_t e = 0; e < 2 * plan->n_sites && !sought.found; e++)
		if (plan->sites[e / 2].variable == number)
			plan__walk_edge(plan, e / 2, e % 2, look_for, &sought);
	return sought.found;
}

bool spared_counts__ended(const struct plan *plan, uint32_t insn, uint32_t number, uint64_t n, int64_t moved,
			  int64_t *change)
{
	uint8_t reg = plan->variables[number - 1].reg;
	struct register_value values[INSN_REGISTERS];

	register_path__from(plan, plan->effects, insn, values);
	if (values[reg].source == reg) {
		*change = (int64_t)((uint64_t)moved + n * (uint64_t)values[reg].offset);
		return true;
	}
	/* The passes had not come to the region: what the register is at first was still to be set. */
	*change = 0;
	return !is_in_region(plan, insn, number);
}

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

static void add_count(const struct system *system, uint32_t e, int64_t departures, int64_t arrivals, int64_t *balance)
{
	const struct plan_site *site = &system->plan->sites[e / 2];

	balance[e / 2] -= departures;
	if (site->next[e % 2] < system->plan->n_sites)
		balance[site->next[e % 2]] += arrivals;
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
		int64_t n = leaves ? system->balance[step->site] : -system->balance[step->site];

		system->counts[step->edge] = n;
		add_count(system, step->edge, n, n, system->balance);
	}
}

/* By how much the variable NUMBER, from 1 on, changed by what is known so far. */
static int64_t explained(const struct system *system, uint32_t number)
{
	const struct plan *plan = system->plan;
	uint64_t sum = 0;

	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		if (plan->sites[e / 2].variable == number)
			sum += (uint64_t)plan->changes[e] * (uint64_t)system->counts[e];
	return (int64_t)sum;
}

/* Counts the edges of the variables. Returns how many cannot be right. */
static uint32_t read_variables(const struct system *system, const int64_t *moved)
{
	const struct plan *plan = system->plan;
	uint32_t n_wrong = 0;

	for (uint32_t v = 0; v < plan->n_variables; v++) {
		int64_t more = (int64_t)((uint64_t)moved[v] - (uint64_t)explained(system, v + 1));

		n_wrong += more % plan->variables[v].gain != 0;
		system->counts[plan->variables[v].edge] = more / plan->variables[v].gain;
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
	int err = known && system.counts && system.balance ? 0 : -ENOMEM;

	*n_wrong = 0;
	if (!err) {
		find_known(&system, excess, edges, known);
		take_steps(&system);
		*n_wrong = read_variables(&system, moved);
		if (plan->n_variables)
			take_steps(&system);
		*n_wrong += finish(&system, edges);
	}
	free(known);
	free(system.counts);
	free(system.balance);
	return err;
}

int64_t spared_counts__ended(const struct plan *plan, uint32_t insn, uint32_t number, uint64_t n, int64_t moved)
{
	uint8_t reg = plan->variables[number - 1].reg;
	struct register_value values[INSN_REGISTERS];

	register_path__from(plan, plan->effects, insn, values);
	/* Otherwise the passes had not come to the region: what the register is at first was still to be set. */
	return values[reg].source == reg ? moved + (int64_t)n * values[reg].offset : 0;
}

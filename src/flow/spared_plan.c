// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A jump cannot be spared when one way from it leads to a call: nobody would know when the call began, nor how
 * often, should it not return. But the call can carry a probe of its own, a guard, and then the way to the guard holds
 * no call. A guard pays where the call is seldom reached: jumps to what handles errors, or fills a cache, are executed
 * often, and their calls hardly ever. So the plan is made, guards are placed where they might pay, and the plan is made
 * again with them. Guards that let no jump be spared after all are taken away again.
 *
 * What a jump tells can be told by one of the ways from it as well, if that has an instruction which is as cheap to
 * probe: it is executed less often than the jump. Code that is moved out of the way because it is rare mostly ends with
 * a jump back. Such guards are tried all together, and kept if the whole then costs less.
 */
#include "flow/spared_plan.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/site_frequency.h"
#include "flow/spared_choice.h"

/* Sets BEHIND_CALL[s] for each site s to which some way leads that is not direct. */
static void find_behind_calls(const struct plan *plan, bool *behind_call)
{
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++) {
		uint32_t next = plan->sites[e / 2].next[e % 2];

		if (next < plan->n_sites && !behind_call[next])
			behind_call[next] = !spared_choice__is_direct(plan, e / 2, e % 2);
	}
}

struct guard_search {
	const struct plan_input *input;
	uint32_t jump;	/* instruction at which the way begins */
	uint32_t found; /* the best instruction so far, or CFG_NONE */
	bool ended;	/* by the first call */
};

static void consider_guard(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct guard_search *search = ctx;
	const struct insn *insn = &search->input->cfg->insns[i].insn;
	const uint32_t *prices = search->input->prices;

	(void)transfer;
	if (search->ended || i == search->jump)
		return;
	search->ended = insn->lng != INSN_SHORT;
	/* Only what is as cheap to probe as the jump that is spared. */
	if (insn->probe < INSN_PROBE_CLASSES && insn->probe != INSN_PROBE_STEP && !insn->last_resort &&
	    (search->found == CFG_NONE ||
	     prices[insn->probe] < prices[search->input->cfg->insns[search->found].insn.probe]))
		search->found = i;
}

/* An instruction on the way from SITE to a call, or the call, that can carry a guard; CFG_NONE: there is none. */
static uint32_t find_guard(const struct plan_input *input, const struct plan *plan, uint32_t site, bool taken)
{
	struct guard_search search = {.input = input, .jump = plan->sites[site].insn, .found = CFG_NONE};

	plan__walk_edge(plan, site, taken, consider_guard, &search);
	return search.found;
}

/* Whether a guard on one of SITE's ways might let it be spared. *TAKEN is which way. */
static bool wants_guard(const struct plan *plan, uint32_t s, bool *taken)
{
	const struct plan_site *site = &plan->sites[s];

	*taken = site->called[1];
	return site->called[0] != site->called[1] && !site->restart[*taken] && !site->moves[*taken] &&
	       !site->blind[*taken] && spared_choice__is_direct(plan, s, !*taken);
}

/* Marks in GUARDS where guards might pay, and returns how many there are. */
static uint32_t place_guards(const struct plan_input *input, const struct plan *plan, const bool *behind_call,
			     bool *guards)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < plan->n_sites; s++) {
		uint32_t guard;
		bool taken;

		if (behind_call[s] || !spared_choice__may_spare(plan, s) || !wants_guard(plan, s, &taken))
			continue;
		guard = find_guard(input, plan, s, taken);
		if (guard == CFG_NONE || guards[guard])
			continue;
		guards[guard] = true;
		n++;
	}
	return n;
}

/* Takes away the guards to which no spared jump leads, and returns how many. */
static uint32_t drop_guards(const struct plan *plan, bool *guards)
{
	bool *useful = calloc(plan->n_sites + 1ul, sizeof(*useful));
	uint32_t n = 0;

	for (uint32_t e = 0; useful && e < 2 * plan->n_sites; e++)
		if (plan->sites[e / 2].spared && plan->sites[e / 2].next[e % 2] < plan->n_sites)
			useful[plan->sites[e / 2].next[e % 2]] = true;
	for (uint32_t s = 0; useful && s < plan->n_sites; s++)
		if (guards[plan->sites[s].insn] && !useful[s]) {
			guards[plan->sites[s].insn] = false;
			n++;
		}
	free(useful);
	return n;
}

static double price(const struct plan *plan, uint32_t site, const uint32_t *prices)
{
	return prices[plan->cfg->insns[plan->sites[site].insn].insn.probe];
}

/* What it would save to spare SITE: what its probe costs, less what the guards cost that this takes. */
static double weigh(const struct plan *plan, uint32_t s, const double *frequencies, const uint32_t *prices,
		    const bool *guards)
{
	double weight = frequencies[s] * price(plan, s, prices);

	for (int taken = 0; taken < 2; taken++) {
		uint32_t next = plan->sites[s].next[taken];

		if (next < plan->n_sites && guards[plan->sites[next].insn])
			weight -= frequencies[next] * price(plan, next, prices);
	}
	return weight;
}

static int choose(struct plan *plan, const struct plan_input *input, const bool *guards)
{
	double *frequencies = calloc(plan->n_sites + 1ul, sizeof(*frequencies));
	double *weights = calloc(plan->n_sites + 1ul, sizeof(*weights));
	int err = frequencies && weights ? site_frequency__guess(plan, frequencies, NULL) : -ENOMEM;

	for (uint32_t s = 0; !err && s < plan->n_sites; s++)
		weights[s] = weigh(plan, s, frequencies, input->prices, guards);
	if (!err)
		err = spared_choice__make(plan, input->effects, weights, input->prices);
	free(frequencies);
	free(weights);
	return err;
}

/* Makes *PLAN again, with GUARDS, and chooses what is spared in it. */
static int build_again(const struct plan_input *input, const bool *guards, struct plan **plan)
{
	struct plan_input again = *input;
	int err;

	again.besides = guards;
	plan__free(*plan);
	*plan = NULL;
	err = plan__build(&again, plan);
	return err ? err : choose(*plan, input, guards);
}

/*
 * What the probes of PLAN cost for one entry into the body, by guessed frequencies. PROBABILITIES is as for
 * site_frequency__guess().
 */
static int add_up(const struct plan *plan, const uint32_t *prices, double *probabilities, double *cost)
{
	double *frequencies = calloc(plan->n_sites + 1ul, sizeof(*frequencies));
	int err = frequencies ? site_frequency__guess(plan, frequencies, probabilities) : -ENOMEM;

	*cost = 0;
	for (uint32_t s = 0; !err && s < plan->n_sites; s++)
		if (!plan->sites[s].spared)
			*cost += frequencies[s] * price(plan, s, prices);
	free(frequencies);
	return err;
}

/* Marks in GUARDS where one way from a jump that is not spared can tell both. */
static void place_more(const struct plan_input *input, const struct plan *plan, const double *probabilities,
		       bool *guards)
{
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		double taken = probabilities[2 * (size_t)s + 1];
		uint32_t guard;

		if (plan->sites[s].spared || !spared_choice__may_spare(plan, s) ||
		    !spared_choice__is_direct(plan, s, false) || !spared_choice__is_direct(plan, s, true))
			continue;
		guard = find_guard(input, plan, s, taken <= 0.5);
		if (guard == CFG_NONE && taken == 0.5)
			guard = find_guard(input, plan, s, false);
		if (guard != CFG_NONE)
			guards[guard] = true;
	}
}

/* Makes *PLAN again with GUARDS, of which only those stay that let jumps be spared, if it costs less than COST then. */
static int try_guards(const struct plan_input *input, bool *guards, double cost, struct plan **plan)
{
	struct plan *other = NULL;
	double other_cost = 0;
	int err = build_again(input, guards, &other);

	if (!err && drop_guards(other, guards))
		err = build_again(input, guards, &other);
	if (!err)
		err = add_up(other, input->prices, NULL, &other_cost);
	if (!err && other_cost < cost) {
		struct plan *dear = *plan;

		*plan = other;
		other = dear;
	}
	plan__free(other);
	return err;
}

/* Tries further guards. GUARDS has those that are in *PLAN. */
static int refine(const struct plan_input *input, bool *guards, struct plan **plan)
{
	double *probabilities = calloc(2 * (size_t)(*plan)->n_sites + 1, sizeof(*probabilities)), cost;
	int err = probabilities ? add_up(*plan, input->prices, probabilities, &cost) : -ENOMEM;

	if (!err) {
		place_more(input, *plan, probabilities, guards);
		err = try_guards(input, guards, cost, plan);
	}
	free(probabilities);
	return err;
}

int spared_plan__build(const struct plan_input *input, struct plan **out)
{
	bool *guards = calloc(input->cfg->n_insns, sizeof(*guards)), *behind_call = NULL;
	struct plan *plan = NULL;
	uint32_t n = 0;
	int err = guards ? plan__build(input, &plan) : -ENOMEM;

	if (!err) {
		behind_call = calloc(plan->n_sites + 1ul, sizeof(*behind_call));
		err = behind_call ? 0 : -ENOMEM;
	}
	if (!err) {
		find_behind_calls(plan, behind_call);
		n = place_guards(input, plan, behind_call, guards);
		err = n ? build_again(input, guards, &plan) : choose(plan, input, guards);
	}
	if (!err && n && drop_guards(plan, guards))
		err = build_again(input, guards, &plan);
	if (!err)
		err = refine(input, guards, &plan);
	free(guards);
	free(behind_call);
	if (err)
		plan__free(plan);
	else
		*out = plan;
	return err;
}

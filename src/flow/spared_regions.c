// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Spared sites that lead to one another are a region. Control enters it by an edge from a site that carries a probe,
 * and leaves it to such a site. What it does in between is not seen. But a register V may tell: a loop's counter, or
 * the address at which the loop reads. It can be read at the probe before the region and at the probe behind it. If
 * each edge f within the region, and each edge that leaves it, changes V by a constant c(f), then
 *
 *	sum over all passes of (V at the end - V at the beginning) = sum over the edges f of c(f) * n(f)
 *
 * whatever ways were taken. V at the beginning is what V is where the region is entered. The edge that leads there must
 * set V to a number, or to what some register held at the probe, plus a constant: then it is known at the probe.
 *
 * This is one more equation for the counts n(f), so the unknown edges of a region may form one cycle. Let t be the
 * count on the edge that closes the cycle. All other unknowns follow from conservation as a constant plus 0, t or -t,
 * so the right side is a constant plus gain * t. The gain is the sum of c(f) round the cycle, where edges that are
 * travelled against their direction count as -c(f). It must not be zero. A cycle that takes edges of other regions as
 * well is not allowed: then the unknowns of several equations would depend on each other.
 *
 * The sum round the cycle is found by heights. Going along an edge of the region raises the height by c(f). The height
 * of each node that the region's edges reach from the end of the closing edge follows, because these edges form a tree.
 *
 * A register of which only the lower 32 bits count may wrap. The difference is known modulo 2^32, and which of the
 * possible values it is follows if no c(f) has another sign than the others, and the pass did not take long enough for
 * a second turn (bpf/loop_variable.h sees to that).
 *
 * Every edge of the region must lead to a site. So a frame that has entered the region will be seen again.
 */
#include "flow/spared_regions.h"

#include <errno.h>
#include <stdlib.h>

/* A narrow variable that changes by more at once would wrap after too short a time. */
#define MOST_NARROW_CHANGE 4096

/*
 * How many sites are looked at in all regions of a body together, which takes some seconds. An interpreter of 1200
 * instructions with 7000 sites takes a tenth of that. In a body with thousands of jumps to anywhere it is soon used up,
 * and the rest of its sites carry probes.
 */
#define MOST_WORK 400000000

int spared_regions__init(struct spared_regions *regions, struct plan *plan, const struct insn_effect *effects)
{
	size_t n = plan->n_sites;

	*regions = (struct spared_regions){
		.plan = plan,
		.effects = effects,
		.first = calloc(n + 1, sizeof(*regions->first)),
		.in = calloc(2 * n + 1, sizeof(*regions->in)),
		.values = calloc(2 * n + 1, sizeof(*regions->values)),
		.followed = calloc(2 * n + 1, sizeof(*regions->followed)),
		.members = calloc(n + 1, sizeof(*regions->members)),
		.inside = calloc(n + 1, sizeof(*regions->inside)),
		.height = calloc(n + 1, sizeof(*regions->height)),
		.reached = calloc(n + 1, sizeof(*regions->reached)),
	};
	if (!regions->first || !regions->in || !regions->values || !regions->followed || !regions->members ||
	    !regions->inside || !regions->height || !regions->reached)
		return -ENOMEM;
	plan__list_in(plan, regions->first, regions->in);
	return 0;
}

void spared_regions__release(struct spared_regions *regions)
{
	free(regions->first);
	free(regions->in);
	free(regions->values);
	free(regions->followed);
	free(regions->members);
	free(regions->inside);
	free(regions->height);
	free(regions->reached);
}

static const struct register_value *values_at_end(struct spared_regions *regions, uint32_t e)
{
	if (!regions->followed[e])
		register_path__edge(regions->plan, regions->effects, e / 2, e % 2, regions->values[e]);
	regions->followed[e] = true;
	return regions->values[e];
}

static uint32_t next_site(const struct plan *plan, uint32_t e)
{
	return plan->sites[e / 2].next[e % 2];
}

static void add_member(struct spared_regions *regions, uint32_t site)
{
	if (regions->inside[site])
		return;
	regions->inside[site] = true;
	regions->members[regions->n_members++] = site;
}

/* Collects the region in which SITE will be if it is spared. */
static void collect(struct spared_regions *regions, uint32_t site)
{
	const struct plan *plan = regions->plan;

	regions->n_members = 0;
	add_member(regions, site);
	for (uint32_t k = 0; k < regions->n_members; k++) {
		uint32_t m = regions->members[k];

		for (uint32_t i = regions->first[m]; i < regions->first[m + 1]; i++)
			if (plan->sites[regions->in[i] / 2].spared)
				add_member(regions, regions->in[i] / 2);
		for (uint32_t e = 2 * m; e <= 2 * m + 1; e++)
			if (next_site(plan, e) < plan->n_sites && plan->sites[next_site(plan, e)].spared)
				add_member(regions, next_site(plan, e));
	}
}

static void dismiss(struct spared_regions *regions)
{
	for (uint32_t k = 0; k < regions->n_members; k++)
		regions->inside[regions->members[k]] = false;
}

struct variable_search {
	struct spared_regions *regions;
	uint32_t cycle;
	uint8_t reg;
	bool rises, falls; /* some edge changes it in this direction */
	bool far;	   /* it is changed by much on the way to the region */
	struct plan_variable found;
};

static void note_change(struct variable_search *search, const struct register_value *value)
{
	uint32_t size = value->offset < 0 ? 0u - (uint32_t)value->offset : (uint32_t)value->offset;

	search->rises |= value->offset > 0;
	search->falls |= value->offset < 0;
	search->found.narrow |= value->narrow;
	if (size > search->found.most_change)
		search->found.most_change = size;
}

/* Whether control cannot leave the function from the region but by a site. */
static bool leads_to_sites(const struct spared_regions *regions)
{
	const struct plan *plan = regions->plan;

	for (uint32_t k = 0; k < regions->n_members; k++)
		for (uint32_t taken = 0; taken < 2; taken++)
			if (plan->sites[regions->members[k]].next[taken] >= plan->n_sites)
				return false;
	return true;
}

/* Whether the edges of the spared site M change the register by constants. */
static bool changes_by_constants(struct variable_search *search, uint32_t m)
{
	for (uint32_t e = 2 * m; e <= 2 * m + 1; e++) {
		const struct register_value *value = &values_at_end(search->regions, e)[search->reg];

		if (value->source != search->reg)
			return false;
		note_change(search, value);
	}
	return true;
}

/* Whether it is known what the register holds when control comes to the spared site M from outside of the region. */
static bool begins_known(struct variable_search *search, uint32_t m)
{
	const struct spared_regions *regions = search->regions;

	for (uint32_t k = regions->first[m]; k < regions->first[m + 1]; k++) {
		const struct register_value *value;

		if (regions->inside[regions->in[k] / 2])
			continue;
		value = &values_at_end(search->regions, regions->in[k])[search->reg];
		if (value->source == REGISTER_UNKNOWN)
			return false;
		/* Of a narrow variable the kernel side must know how far it can be off before the region is entered. */
		search->far |= value->source == search->reg &&
			       (value->offset > MOST_NARROW_CHANGE || value->offset < -MOST_NARROW_CHANGE);
		search->found.narrow |= value->narrow;
	}
	return true;
}

/* Goes along the edge E, in either direction, if the height of one of its ends is known. Whether that told another. */
static bool climb(struct variable_search *search, uint32_t e)
{
	struct spared_regions *regions = search->regions;
	uint32_t from = e / 2, to = plan__node(regions->plan, next_site(regions->plan, e));
	int32_t change = values_at_end(regions, e)[search->reg].offset;

	if (e == search->cycle || regions->reached[from] == regions->reached[to])
		return false;
	if (regions->reached[from])
		regions->height[to] = regions->height[from] + change;
	else
		regions->height[from] = regions->height[to] - change;
	regions->reached[from] = regions->reached[to] = true;
	return true;
}

/* The sum of the changes round the cycle; 0 as well if it takes edges of other regions. */
static int64_t gain(struct variable_search *search)
{
	struct spared_regions *regions = search->regions;
	const struct plan *plan = regions->plan;
	uint32_t from = search->cycle / 2, to = plan__node(plan, next_site(plan, search->cycle));
	bool more = true;

	for (uint32_t s = 0; s <= plan->n_sites; s++)
		regions->reached[s] = false;
	regions->work += plan->n_sites / 8;
	regions->reached[to] = true;
	regions->height[to] = 0;
	while (more && !regions->reached[from]) {
		more = false;
		regions->work += regions->n_members;
		for (uint32_t k = 0; k < regions->n_members; k++) {
			more |= climb(search, 2 * regions->members[k]);
			more |= climb(search, 2 * regions->members[k] + 1);
		}
	}
	if (!regions->reached[from])
		return 0;
	return regions->height[from] + values_at_end(regions, search->cycle)[search->reg].offset;
}

/* Whether the register tells how often control went round the cycle; if not, why. */
static enum plan_refusal try_register(struct variable_search *search)
{
	const struct spared_regions *regions = search->regions;

	search->found = (struct plan_variable){.reg = search->reg, .edge = search->cycle};
	search->rises = search->falls = search->far = false;
	search->regions->work += regions->n_members;
	for (uint32_t k = 0; k < regions->n_members; k++)
		if (!changes_by_constants(search, regions->members[k]))
			return PLAN_REFUSAL_UNCOUNTED;
	search->found.gain = gain(search);
	if (!search->found.gain)
		return PLAN_REFUSAL_UNCOUNTED;
	for (uint32_t k = 0; k < regions->n_members; k++)
		if (!begins_known(search, regions->members[k]))
			return PLAN_REFUSAL_UNKNOWN;
	if (search->found.narrow &&
	    ((search->rises && search->falls) || search->far || search->found.most_change > MOST_NARROW_CHANGE))
		return PLAN_REFUSAL_UNCOUNTED;
	search->found.falls = search->falls;
	return PLAN_REFUSAL_NONE;
}

/*
 * Finds the register that tells most surely: one all of whose bits count, if there is any. If there is none, why, by
 * the register that came nearest.
 */
static enum plan_refusal find_variable(struct variable_search *search)
{
	struct plan_variable best = {0};
	enum plan_refusal refusal = PLAN_REFUSAL_LEAVES;

	if (!leads_to_sites(search->regions))
		return refusal;
	for (search->reg = 0; search->reg < INSN_REGISTERS; search->reg++) {
		enum plan_refusal why = search->reg == INSN_RSP ? PLAN_REFUSAL_UNCOUNTED : try_register(search);

		if (why == PLAN_REFUSAL_NONE && (!best.gain || (best.narrow && !search->found.narrow)))
			best = search->found;
		refusal = why > refusal ? why : refusal;
	}
	search->found = best;
	search->reg = best.reg;
	return best.gain ? PLAN_REFUSAL_NONE : refusal;
}

/* The variable that a part of the region has: 1 + its index, or 0. *SEVERAL: parts have different ones. */
static uint32_t present_variable(const struct spared_regions *regions, bool *several)
{
	uint32_t found = 0;

	*several = false;
	for (uint32_t k = 0; k < regions->n_members; k++) {
		uint32_t variable = regions->plan->sites[regions->members[k]].variable;

		*several |= found && variable && variable != found;
		found = variable ? variable : found;
	}
	return found;
}

/* The whole region has the variable NUMBER, from 1 on. */
static void set_variable(const struct variable_search *search, uint32_t number)
{
	struct plan *plan = search->regions->plan;

	plan->variables[number - 1] = search->found;
	for (uint32_t k = 0; k < search->regions->n_members; k++) {
		uint32_t m = search->regions->members[k];

		plan->sites[m].variable = number;
		for (uint32_t e = 2 * m; e <= 2 * m + 1; e++)
			plan->changes[e] = values_at_end(search->regions, e)[search->reg].offset;
	}
}

/* Whether the counts in the region can be told; if not, why. Its variable is noted, if it needs one. */
static enum plan_refusal tell(struct spared_regions *regions, uint32_t cycle)
{
	struct variable_search search = {.regions = regions, .cycle = cycle};
	struct plan *plan = regions->plan;
	enum plan_refusal refusal;
	bool several;
	uint32_t number = present_variable(regions, &several);

	if (!number && cycle == CFG_NONE)
		return PLAN_REFUSAL_NONE;
	if (several || (number && cycle != CFG_NONE) || !regions->effects)
		return PLAN_REFUSAL_UNCOUNTED;
	if (number) {
		search.cycle = plan->variables[number - 1].edge;
		search.reg = plan->variables[number - 1].reg;
		refusal = leads_to_sites(regions) ? try_register(&search) : PLAN_REFUSAL_LEAVES;
	} else {
		number = plan->n_variables + 1;
		refusal = find_variable(&search);
	}
	if (refusal != PLAN_REFUSAL_NONE)
		return refusal;
	set_variable(&search, number);
	plan->n_variables = number > plan->n_variables ? number : plan->n_variables;
	return PLAN_REFUSAL_NONE;
}

bool spared_regions__take(struct spared_regions *regions, uint32_t site, uint32_t cycle)
{
	struct plan_site *taken = &regions->plan->sites[site];

	if (regions->work > MOST_WORK) {
		taken->refusal = PLAN_REFUSAL_UNCOUNTED;
		return false;
	}
	collect(regions, site);
	regions->work += regions->n_members;
	taken->refusal = tell(regions, cycle);
	dismiss(regions);
	return taken->refusal == PLAN_REFUSAL_NONE;
}

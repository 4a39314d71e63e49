// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A probe on each conditional jump (plan_build.c, rule 1) tells more than is needed. What comes to a site must leave
 * it: for each site that control reaches along known edges only, the sum of the edges that lead to it is the sum of
 * those that leave it. So a site needs no probe if these equations give the counts of both of its edges. It is spared.
 *
 * Take the sites as nodes, and the edges of the spared sites, whose counts are unknown, as edges of an undirected
 * graph. Nodes without an equation are one node, the ground: the outside, unknown targets of indirect jumps, and the
 * sites of roots, where the equation tells how often the root was entered. The unknowns follow from the equations
 * exactly if they form no cycle (a column of the system is an edge of the graph; columns of a forest are independent).
 * Then each tree has a leaf that is not the ground. Its equation has one unknown, which is the difference of what is
 * known; and so on, until nothing is unknown (spared_counts.c). Every equation that is left over is a check.
 *
 * No cycle of unknown edges also means that no loop of the program is without a probe; unless a register tells how
 * often control went round it, which is one more equation (spared_regions.c). Then the unknown edges may form a cycle
 * there.
 *
 * That what comes in goes out must hold for what was counted. So a site is spared only where nothing but the end of the
 * program, or a signal, can stop control on the way: no call, no system call, and no string instruction is on the ways
 * to it or from it. Ends and signals are seen by the BPF programs, see `passes` in lprof.h. A frame on such a way is
 * either on its way to the next probe of the body, or it is gone: control may leave the body unseen. So these ways do
 * not lead to a site where frames begin, at which nobody could tell a new frame from one that came along such a way.
 *
 * Sites are taken by weight, the dearest first, if both of their edges still form no such cycle. With two edges a
 * site, this is not always the best choice (it is a matroid parity problem), but a good one.
 */
#include "flow/spared_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/spared_regions.h"
#include "flow/spared_steps.h"

#define EDGES 2u /* of a site */

struct choice {
	struct plan *plan;
	const double *weights;
	bool *fit;	 /* per site: it may be spared */
	uint32_t *order; /* the sites that may be spared, by weight */
	uint32_t n_order;
	uint32_t *tree; /* per site, and for the ground, which is the last: the node above it in its set */
	struct spared_regions regions;
};

/*
 * Whether a conditional jump leads out of the body. Then it may be but a part of a function, whose other part (.cold)
 * jumps back into its middle.
 */
static bool is_part(const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].insn.flow == INSN_FLOW_COND && cfg->insns[i].taken == CFG_NONE)
			return true;
	return false;
}

/* Whether the flow through the body is known at all places where control comes in or goes on. */
static bool is_known(const struct plan *plan)
{
	for (uint32_t k = 0; k < plan->n_roots; k++)
		if (plan->roots[k].insn == plan->cfg->entry && !plan->sites[plan->roots[k].site].entry)
			return false; /* a frame that is gone would be taken for a new one */
	return !plan->n_blind && !plan->n_blind_roots && !plan->blind_pad && !plan->cfg->n_undecodable &&
	       !plan->cfg->n_unresolved && !plan->cfg->goroutine && !is_part(plan->cfg);
}

struct way {
	const struct cfg *cfg;
	bool is_long;
};

static void note_long(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct way *way = ctx;

	(void)transfer;
	way->is_long |= way->cfg->insns[i].insn.lng != INSN_SHORT;
}

bool spared_choice__is_direct(const struct plan *plan, uint32_t s, bool taken)
{
	const struct plan_site *site = &plan->sites[s];
	struct way way = {.cfg = plan->cfg};

	if (site->called[taken] || site->restart[taken] || site->moves[taken] || site->blind[taken])
		return false;
	plan__walk_edge(plan, s, taken, note_long, &way);
	return !way.is_long;
}

static bool is_condition(const struct plan *plan, uint32_t s)
{
	return plan->cfg->insns[plan->sites[s].insn].insn.flow == INSN_FLOW_COND;
}

bool spared_choice__may_spare(const struct plan *plan, uint32_t s)
{
	const struct plan_site *site = &plan->sites[s];

	return is_condition(plan, s) && !plan__is_blind(&plan->cfg->insns[site->insn].insn) && !site->entry &&
	       !site->rooted;
}

static void find_fit(struct choice *choice)
{
	const struct plan *plan = choice->plan;

	for (uint32_t s = 0; s < plan->n_sites; s++)
		choice->fit[s] = spared_choice__may_spare(plan, s);
	for (uint32_t e = 0; e < EDGES * plan->n_sites; e++) {
		uint32_t s = e / EDGES, next = plan->sites[s].next[e % EDGES];
		bool to_site = next < plan->n_sites;

		if (e % EDGES && !is_condition(plan, s))
			continue;
		if (to_site && plan->sites[next].entry)
			choice->fit[s] = false;
		if ((choice->fit[s] || (to_site && choice->fit[next])) && spared_choice__is_direct(plan, s, e % EDGES))
			continue;
		choice->fit[s] = false;
		if (to_site)
			choice->fit[next] = false;
	}
}

static int compare_weights(const void *x, const void *y, void *ctx)
{
	const struct choice *choice = ctx;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	if (choice->weights[a] != choice->weights[b])
		return choice->weights[a] < choice->weights[b] ? 1 : -1;
	return (a > b) - (a < b);
}

static void sort_fit(struct choice *choice)
{
	for (uint32_t s = 0; s < choice->plan->n_sites; s++)
		if (choice->fit[s])
			choice->order[choice->n_order++] = s;
	qsort_r(choice->order, choice->n_order, sizeof(*choice->order), compare_weights, choice);
}

/* The set of connected nodes in which NODE is. */
static uint32_t set_of(struct choice *choice, uint32_t node)
{
	while (choice->tree[node] != node) {
		choice->tree[node] = choice->tree[choice->tree[node]];
		node = choice->tree[node];
	}
	return node;
}

/*
 * The edge of site S that closes a cycle, CFG_NONE if none does. NEXT and TAKEN are the sets to which its edges lead,
 * OWN is its own.
 */
static uint32_t closing_edge(uint32_t s, uint32_t own, uint32_t next, uint32_t taken)
{
	if (own == next)
		return 2 * s;
	return own == taken || next == taken ? 2 * s + 1 : CFG_NONE;
}

/* Spares site S, unless its edges would close a cycle and no variable tells how often control goes round it. */
static void consider(struct choice *choice, uint32_t s)
{
	struct plan *plan = choice->plan;
	uint32_t own = set_of(choice, s), next = set_of(choice, plan__node(plan, plan->sites[s].next[0]));
	uint32_t taken = set_of(choice, plan__node(plan, plan->sites[s].next[1]));

	if ((own == next && own == taken) ||
	    !spared_regions__take(&choice->regions, s, closing_edge(s, own, next, taken)))
		return;
	choice->tree[own] = next;
	choice->tree[set_of(choice, taken)] = set_of(choice, next);
	plan->sites[s].spared = true;
	plan->n_spared++;
}

static int choose(struct choice *choice, const uint32_t *prices)
{
	struct plan *plan = choice->plan;

	find_fit(choice);
	sort_fit(choice);
	for (uint32_t s = 0; s <= plan->n_sites; s++)
		choice->tree[s] = s;
	for (uint32_t k = 0; k < choice->n_order; k++)
		consider(choice, choice->order[k]);
	for (uint32_t s = 0; s < plan->n_sites; s++)
		if (plan->sites[s].spared)
			plan->predicted_ns -= prices[plan->cfg->insns[plan->sites[s].insn].insn.probe];
	return spared_steps__order(plan);
}

static int alloc_variables(struct plan *plan)
{
	plan->variables = calloc(plan->n_sites + 1ul, sizeof(*plan->variables));
	plan->changes = calloc(2 * (size_t)plan->n_sites + 1, sizeof(*plan->changes));
	return plan->variables && plan->changes ? 0 : -ENOMEM;
}

/* Keeps of the variables what is needed. */
static int keep_variables(struct plan *plan, const struct insn_effect *effects)
{

	if (!plan->n_variables) {
		free(plan->variables);
		free(plan->changes);
		plan->variables = NULL;
		plan->changes = NULL;
		return 0;
	}
	plan->effects = calloc(plan->cfg->n_insns, sizeof(*effects));
	if (!plan->effects)
		return -ENOMEM;
	memcpy(plan->effects, effects, plan->cfg->n_insns * sizeof(*effects));
	return 0;
}

int spared_choice__make(struct plan *plan, const struct insn_effect *effects, const double *weights,
			const uint32_t *prices)
{
	size_t n = plan->n_sites;
	struct choice choice = {
		.plan = plan,
		.weights = weights,
		.fit = calloc(n + 1, sizeof(*choice.fit)),
		.order = calloc(n + 1, sizeof(*choice.order)),
		.tree = calloc(n + 1, sizeof(*choice.tree)),
	};
	int err = spared_regions__init(&choice.regions, plan, effects);

	if (!choice.fit || !choice.order || !choice.tree)
		err = -ENOMEM;
	if (!err && is_known(plan)) {
		err = alloc_variables(plan);
		if (!err)
			err = choose(&choice, prices);
		if (!err)
			err = keep_variables(plan, effects);
	}
	spared_regions__release(&choice.regions);
	free(choice.fit);
	free(choice.order);
	free(choice.tree);
	return err;
}

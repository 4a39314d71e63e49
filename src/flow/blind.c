// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Where a plan wants a site and no instruction can carry one, it is blind (plan.h). What lies behind is unsure:
 *
 * - An edge whose path wants one more site. What lies before its first call is sure. If the edge leaves the body,
 *   nobody sees control arrive; attribute.c takes its calls to have returned. If frames begin at its end, who came
 *   there may have come by the edge or by the root. Otherwise all is sure if control arrived as often as it departed.
 *
 * - A root that shares its site with another root. If anything came in there, it is not known by which of the two. What
 *   lies on both their paths is sure.
 *
 * - A root without any site is never seen to be entered. If control can come there only from the body, and the body
 *   was never entered, it is sure. A landing pad is entered in a frame from which a call has departed, and whoever
 *   comes there unseen may be taken for one that the call returned to. So then no edge with a call is sure.
 */
#include "flow/blind.h"

#include <errno.h>
#include <stdlib.h>

struct marking {
	const struct blind_counts *a;
	const struct plan *plan;
	bool called;	/* on the walk at hand */
	uint32_t last;	/* instruction of the walk at hand */
	bool *on_other; /* per instruction: it is on the path of the other root */
	bool ran;	/* something in the body was executed */
};

static void mark_behind_call(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct marking *m = ctx;

	(void)transfer;
	m->a->unsure[i] |= m->called;
	m->last = i;
	m->called |= m->plan->cfg->insns[i].insn.lng == INSN_LONG_CALL;
}

static void mark_unless_on_other(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct marking *m = ctx;

	(void)transfer;
	m->a->unsure[i] |= !m->on_other[i];
}

static void note_on_other(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct marking *m = ctx;

	(void)transfer;
	m->on_other[i] = true;
}

static void forget_on_other(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct marking *m = ctx;

	(void)transfer;
	m->on_other[i] = false;
}

/* Marks what is on the path of ROOT and not on that of OTHER, which may be CFG_NONE. */
static void mark_root(struct marking *m, uint32_t root, uint32_t other)
{
	if (other != CFG_NONE)
		plan__walk_root(m->plan, other, note_on_other, m);
	plan__walk_root(m->plan, root, mark_unless_on_other, m);
	if (other != CFG_NONE)
		plan__walk_root(m->plan, other, forget_on_other, m);
}

/* The instruction of the root whose site is S, or CFG_NONE. */
static uint32_t owner_of(const struct plan *plan, uint32_t s)
{
	for (uint32_t k = 0; s < plan->n_sites && k < plan->n_roots; k++)
		if (plan->roots[k].site == s)
			return plan->roots[k].insn;
	return CFG_NONE;
}

/* Whether as many came to the end of the edge to site NEXT as were counted there, if ARRIVED as many as departed. */
static bool is_sure(const struct marking *m, uint32_t next, bool arrived)
{
	return arrived && !m->plan->blind_pad && next < m->plan->n_sites && !m->plan->sites[next].entry;
}

static void mark_edge(struct marking *m, uint32_t s, int taken, const struct attribute_edge *edge)
{
	const struct plan_site *site = &m->plan->sites[s];
	uint32_t next = site->next[taken];
	uint32_t root = owner_of(m->plan, next);

	if (!site->called[taken] || !edge->departures || !(site->blind[taken] || m->plan->blind_pad))
		return;
	if (is_sure(m, next, edge->arrivals == edge->departures))
		return;
	m->called = false;
	plan__walk_edge(m->plan, s, taken, mark_behind_call, m);
	/* Also where the call is the last of the path: how often control went on from it is not known. */
	m->a->unsure[m->last] = true;
	if (root != CFG_NONE)
		mark_root(m, root, CFG_NONE);
}

static void note_call(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct marking *m = ctx;

	(void)transfer;
	m->called |= m->plan->cfg->insns[i].insn.lng == INSN_LONG_CALL;
}

static void mark_blind_root(struct marking *m, uint32_t root)
{
	uint8_t reason = m->plan->cfg->insns[root].root;
	bool may_be_first = !reason || reason & CFG_ROOT_ENTRY;
	uint32_t owner;

	m->called = false;
	owner = owner_of(m->plan, plan__walk_root(m->plan, root, note_call, m));
	if (owner != CFG_NONE && m->a->rooted[owner])
		mark_root(m, owner, root);
	else if (owner != CFG_NONE && !m->called)
		return;
	if (m->ran || may_be_first)
		mark_root(m, root, owner);
}

int blind__mark(const struct plan *plan, const struct attribute_edge *edges, const struct blind_counts *counts)
{
	struct marking m = {.a = counts, .plan = plan};

	if (!plan->n_blind)
		return 0;
	m.on_other = calloc(plan->cfg->n_insns, sizeof(*m.on_other));
	if (!m.on_other)
		return -ENOMEM;
	for (uint32_t i = 0; i < plan->cfg->n_insns; i++)
		m.ran |= counts->counts[i] != 0;
	for (uint32_t e = 0; e < 2 * plan->n_sites; e++)
		mark_edge(&m, e / 2, e % 2, &edges[e]);
	for (uint32_t k = 0; k < plan->n_blind_roots; k++)
		mark_blind_root(&m, plan->blind_roots[k]);
	free(m.on_other);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Roots and the sites that tell how often they are entered: rule (2) of plan.c.
 *
 * A root whose own path (before it merges with another, before its first call returns) holds a site or
 * an instruction that is cheap to probe is anchored there. A target of an indirect jump that has none
 * can do without: the first site on its way, beyond the merge, tells how often it was entered, by what
 * its hits exceed the arrivals of all known edges, as long as no other root depends on the same site.
 * Where several do, all but one get an anchor of their own after all, however dear. (Entries and landing
 * pads always do: an abandoned frame could be mistaken for one that comes along a known edge.)
 */
#include "flow/plan_builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* (2) The anchor of ROOT: a site or the cheapest instruction on the path before it merges. CFG_NONE: there is none. */
static uint32_t find_anchor(struct builder *b, uint32_t root)
{
	uint32_t best = CFG_NONE, i = root, to;

	b->walk++;
	for (;;) {
		const struct cfg_insn *insn = &b->cfg->insns[i];
		enum plan_transfer transfer;

		b->stamp[i] = b->walk;
		if (b->plan->site_of[i])
			return i;
		if (plan_builder__price(b, i) != UINT32_MAX &&
		    (best == CFG_NONE || plan_builder__price(b, i) < plan_builder__price(b, best)))
			best = i;
		if (insn->insn.lng == INSN_LONG_CALL)
			return best;
		transfer = plan_walk__step(b->plan, i, false, false, &to);
		if (transfer != PLAN_TRANSFER_NEXT && transfer != PLAN_TRANSFER_TAKEN)
			return best;
		if (b->cfg->insns[to].n_preds > 1 || b->cfg->insns[to].root || b->stamp[to] == b->walk)
			return best;
		i = to;
	}
}

static int add_root(struct builder *b, uint32_t i)
{
	struct plan *plan = b->plan;

	if (b->is_root[i])
		return 0;
	b->is_root[i] = true;
	if (grow__counted(&plan->roots, plan->n_roots, 1, sizeof(*plan->roots)))
		return -ENOMEM;
	plan->roots[plan->n_roots++] = (struct plan_root){.insn = i, .site = CFG_NONE};
	return 0;
}

static int add_successor_roots(struct builder *b, uint32_t i)
{
	const uint32_t successors[] = {b->cfg->insns[i].next, b->cfg->insns[i].taken};
	bool blind = b->plan->scope[i] && plan_builder__is_blind(&b->cfg->insns[i].insn);

	for (int k = 0; k < 2; k++) {
		uint32_t to = successors[k];

		if (to == CFG_NONE || !b->plan->scope[to])
			continue;
		b->continued[to] |= b->plan->scope[i];
		if ((!b->plan->scope[i] || blind) && add_root(b, to))
			return -ENOMEM;
	}
	return 0;
}

static int find_roots(struct builder *b)
{
	for (uint32_t i = 0; i < b->cfg->n_insns; i++) {
		if (b->plan->scope[i] && b->cfg->insns[i].root && add_root(b, i))
			return -ENOMEM;
		if (add_successor_roots(b, i))
			return -ENOMEM;
	}
	b->anchors = calloc(b->plan->n_roots ? b->plan->n_roots : 1, sizeof(*b->anchors));
	return b->anchors ? 0 : -ENOMEM;
}

static bool is_cheap(const struct builder *b, uint32_t i)
{
	return b->plan->site_of[i] || b->cfg->insns[i].insn.probe != INSN_PROBE_STEP;
}

int plan_roots__place(struct builder *b)
{
	int err = find_roots(b);

	for (uint32_t k = 0; !err && k < b->plan->n_roots; k++) {
		uint32_t root = b->plan->roots[k].insn, anchor = find_anchor(b, root);

		b->anchors[k] = anchor;
		if (anchor == CFG_NONE || (!is_cheap(b, anchor) && b->cfg->insns[root].root == CFG_ROOT_INDIRECT))
			continue;
		plan_builder__add_site(b, anchor);
	}
	return err;
}

/* The first site on the way from instruction I, or CFG_NONE when there is none before a call. */
static uint32_t first_site(const struct builder *b, uint32_t i)
{
	uint32_t to;

	for (uint32_t n = 0; n <= b->cfg->n_insns; n++) {
		enum plan_transfer transfer;

		if (b->plan->site_of[i])
			return i;
		if (b->cfg->insns[i].insn.lng == INSN_LONG_CALL)
			return CFG_NONE;
		transfer = plan_walk__step(b->plan, i, false, false, &to);
		if (transfer != PLAN_TRANSFER_NEXT && transfer != PLAN_TRANSFER_TAKEN)
			return CFG_NONE;
		i = to;
	}
	return CFG_NONE;
}

static bool place_own_anchor(struct builder *b, uint32_t root)
{
	uint32_t anchor = b->anchors[root];

	if (anchor == CFG_NONE || b->plan->site_of[anchor])
		return false;
	plan_builder__add_site(b, anchor);
	return true;
}

/* Gives each root the first site on its way; returns whether one more anchor had to be placed for that. */
static bool claim_sites(struct builder *b)
{
	bool placed = false;

	memset(b->claims, 0, b->cfg->n_insns * sizeof(*b->claims));
	b->n_blind_roots = 0;
	for (uint32_t k = 0; k < b->plan->n_roots; k++) {
		struct plan_root *root = &b->plan->roots[k];
		uint32_t site = first_site(b, root->insn);

		root->site = site;
		if (site != CFG_NONE && !b->claims[site]) {
			b->claims[site] = k + 1;
			continue;
		}
		if (place_own_anchor(b, k) || (site != CFG_NONE && place_own_anchor(b, b->claims[site] - 1))) {
			placed = true;
			continue;
		}
		root->site = CFG_NONE;
		b->n_blind_roots++;
	}
	return placed;
}

void plan_roots__settle(struct builder *b)
{
	while (claim_sites(b))
		plan_builder__settle(b);
}

/* Whether nothing in the scope leads to instruction I, so that who comes there starts a new frame. */
static bool starts_frame(const struct builder *b, uint32_t i)
{
	return !(b->cfg->insns[i].root & ~CFG_ROOT_ENTRY) && !b->continued[i];
}

void plan_roots__resolve(struct builder *b)
{
	struct plan *plan = b->plan;
	uint32_t n = 0;

	for (uint32_t k = 0; k < plan->n_roots; k++) {
		struct plan_root root = plan->roots[k];

		if (root.site == CFG_NONE)
			continue;
		root.site = plan->site_of[root.site] - 1;
		/* A site beyond the root's own path is hit by others as well. */
		if (b->anchors[k] != CFG_NONE && starts_frame(b, root.insn))
			plan->sites[root.site].entry = true;
		plan->roots[n++] = root;
	}
	plan->n_roots = n;
	plan->n_blind += b->n_blind_roots;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A root's own path goes from the root to where it merges with another path, or to its first call. If a site
 * lies on it, or an instruction that is cheap to probe, that tells how often the root was entered: it is the root's
 * anchor.
 *
 * A target of an indirect jump can do without an anchor of its own if its path holds none that is cheap: the first
 * site on the way, beyond the merge, tells how often the root was entered, by what its hits exceed the arrivals of
 * all known edges there; but only as long as no other root depends on the same site. Where several do, all but one
 * get an anchor of their own, however dear. Entries and landing pads always get one, because a frame that was
 * abandoned might be taken for one that comes along a known edge.
 */
#include "flow/plan_roots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

int plan_roots__init(struct plan_roots *roots, struct plan_edges *edges)
{
	uint32_t n = edges->cfg->n_insns;

	*roots = (struct plan_roots){.edges = edges, .plan = edges->plan};
	roots->is_root = calloc(n, sizeof(*roots->is_root));
	roots->blindly = calloc(n, sizeof(*roots->blindly));
	roots->claims = calloc(n, sizeof(*roots->claims));
	return roots->is_root && roots->blindly && roots->claims ? 0 : -ENOMEM;
}

void plan_roots__release(struct plan_roots *roots)
{
	free(roots->is_root);
	free(roots->blindly);
	free(roots->claims);
	free(roots->anchors);
}

/* (2) The anchor of ROOT: a site or the cheapest instruction on the path before it merges. CFG_NONE: there is none. */
static uint32_t find_anchor(struct plan_roots *roots, uint32_t root)
{
	uint32_t best = CFG_NONE, i = root, to;

	roots->edges->walk++;
	for (;;) {
		const struct cfg_insn *insn = &roots->plan->cfg->insns[i];
		enum plan_transfer transfer;

		roots->edges->stamp[i] = roots->edges->walk;
		if (roots->plan->site_of[i])
			return i;
		if (plan_edges__price(roots->edges, i) != UINT32_MAX &&
		    (best == CFG_NONE || plan_edges__price(roots->edges, i) < plan_edges__price(roots->edges, best)))
			best = i;
		if (insn->insn.lng == INSN_LONG_CALL)
			return best;
		transfer = plan__step(roots->plan, i, false, false, &to);
		if (transfer != PLAN_TRANSFER_NEXT && transfer != PLAN_TRANSFER_TAKEN)
			return best;
		if (roots->plan->cfg->insns[to].n_preds > 1 || roots->plan->cfg->insns[to].root ||
		    roots->edges->stamp[to] == roots->edges->walk)
			return best;
		i = to;
	}
}

static int add_root(struct plan_roots *roots, uint32_t i)
{
	struct plan *plan = roots->plan;

	if (roots->is_root[i])
		return 0;
	roots->is_root[i] = true;
	if (grow__counted(&plan->roots, plan->n_roots, 1, sizeof(*plan->roots)))
		return -ENOMEM;
	plan->roots[plan->n_roots++] = (struct plan_root){.insn = i, .site = CFG_NONE};
	return 0;
}

static int add_successor_roots(struct plan_roots *roots, uint32_t i)
{
	const uint32_t successors[] = {roots->plan->cfg->insns[i].next, roots->plan->cfg->insns[i].taken};
	bool blind = roots->plan->scope[i] && plan__is_blind(&roots->plan->cfg->insns[i].insn);

	for (int k = 0; k < 2; k++) {
		uint32_t to = successors[k];

		if (to == CFG_NONE || !roots->plan->scope[to])
			continue;
		roots->blindly[to] |= blind;
		if ((!roots->plan->scope[i] || blind) && add_root(roots, to))
			return -ENOMEM;
	}
	return 0;
}

static bool jumps_anywhere(const struct cfg_insn *insn)
{
	return (insn->insn.flow == INSN_FLOW_JUMP_INDIRECT && !insn->insn.through_got) || plan__is_blind(&insn->insn);
}

static int find_roots(struct plan_roots *roots)
{
	for (uint32_t i = 0; i < roots->plan->cfg->n_insns; i++) {
		if (roots->plan->scope[i] && roots->plan->cfg->insns[i].root && add_root(roots, i))
			return -ENOMEM;
		if (add_successor_roots(roots, i))
			return -ENOMEM;
		roots->jumps_anywhere |= roots->plan->scope[i] && jumps_anywhere(&roots->plan->cfg->insns[i]);
	}
	roots->anchors = calloc(roots->plan->n_roots ? roots->plan->n_roots : 1, sizeof(*roots->anchors));
	return roots->anchors ? 0 : -ENOMEM;
}

static bool is_cheap(const struct plan_roots *roots, uint32_t i)
{
	return roots->plan->site_of[i] || roots->plan->cfg->insns[i].insn.probe != INSN_PROBE_STEP;
}

/*
 * Whether who comes to instruction I, unless along a known edge, starts a new frame. Landing pads are entered in frames
 * that exist, and so are targets of the scope's own indirect jumps.
 */
static bool starts_frame(const struct plan_roots *roots, uint32_t i)
{
	uint8_t others = roots->plan->cfg->insns[i].root & (uint8_t) ~(CFG_ROOT_ENTRY | CFG_ROOT_STACK);

	return !roots->blindly[i] && (!others || (others == CFG_ROOT_INDIRECT && !roots->jumps_anywhere));
}

int plan_roots__place(struct plan_roots *roots)
{
	int err = find_roots(roots);

	for (uint32_t k = 0; !err && k < roots->plan->n_roots; k++) {
		uint32_t root = roots->plan->roots[k].insn, anchor = find_anchor(roots, root);

		roots->anchors[k] = anchor;
		if (anchor == CFG_NONE ||
		    (!is_cheap(roots, anchor) && roots->plan->cfg->insns[root].root == CFG_ROOT_INDIRECT))
			continue;
		plan_edges__add_site(roots->edges, anchor);
		roots->edges->entrance[anchor] = starts_frame(roots, root);
	}
	return err;
}

/* The first site on the way from instruction I, or CFG_NONE when there is none before a call. */
static uint32_t first_site(const struct plan_roots *roots, uint32_t i)
{
	uint32_t to;

	for (uint32_t n = 0; n <= roots->plan->cfg->n_insns; n++) {
		enum plan_transfer transfer;

		if (roots->plan->site_of[i])
			return i;
		if (roots->plan->cfg->insns[i].insn.lng == INSN_LONG_CALL)
			return CFG_NONE;
		transfer = plan__step(roots->plan, i, false, false, &to);
		if (transfer != PLAN_TRANSFER_NEXT && transfer != PLAN_TRANSFER_TAKEN)
			return CFG_NONE;
		i = to;
	}
	return CFG_NONE;
}

static bool place_own_anchor(struct plan_roots *roots, uint32_t root)
{
	uint32_t anchor = roots->anchors[root];

	if (anchor == CFG_NONE || roots->plan->site_of[anchor])
		return false;
	plan_edges__add_site(roots->edges, anchor);
	return true;
}

/* Gives each root the first site on its way; returns whether one more anchor had to be placed for that. */
static bool claim_sites(struct plan_roots *roots)
{
	bool placed = false;

	memset(roots->claims, 0, roots->plan->cfg->n_insns * sizeof(*roots->claims));
	for (uint32_t k = 0; k < roots->plan->n_roots; k++) {
		struct plan_root *root = &roots->plan->roots[k];
		uint32_t site = first_site(roots, root->insn);

		root->site = site;
		if (site != CFG_NONE && !roots->claims[site]) {
			roots->claims[site] = k + 1;
			continue;
		}
		if (place_own_anchor(roots, k) ||
		    (site != CFG_NONE && place_own_anchor(roots, roots->claims[site] - 1))) {
			placed = true;
			continue;
		}
		root->site = CFG_NONE;
	}
	return placed;
}

void plan_roots__settle(struct plan_roots *roots)
{
	while (claim_sites(roots))
		plan_edges__settle(roots->edges);
}

/*
 * Whether ROOT is a landing pad that calls at once. The exception is in a register that is no argument, so what is
 * called does not take it: it ends the program. Rust has one for destructors that panic.
 */
static bool ends_program(const struct cfg_insn *root)
{
	return root->root & CFG_ROOT_PAD && root->insn.lng == INSN_LONG_CALL;
}

/* Notes what is not known of the root with number K. Returns whether it has no site of its own. */
static bool note_blind(struct plan_roots *roots, uint32_t k)
{
	struct plan *plan = roots->plan;
	const struct plan_root *root = &plan->roots[k];
	const struct cfg_insn *insn = &plan->cfg->insns[root->insn];
	bool blind_pad = roots->anchors[k] == CFG_NONE && insn->root & CFG_ROOT_PAD;

	if (root->site == CFG_NONE && ends_program(insn))
		return true;
	plan->blind_pad |= blind_pad;
	plan->n_blind += blind_pad || root->site == CFG_NONE;
	if (root->site == CFG_NONE)
		plan->blind_roots[plan->n_blind_roots++] = root->insn;
	return root->site == CFG_NONE;
}

int plan_roots__resolve(struct plan_roots *roots)
{
	struct plan *plan = roots->plan;
	uint32_t n = 0;

	plan->blind_roots = calloc(plan->n_roots + 1, sizeof(*plan->blind_roots));
	if (!plan->blind_roots)
		return -ENOMEM;
	for (uint32_t k = 0; k < plan->n_roots; k++) {
		struct plan_root root = plan->roots[k];

		if (note_blind(roots, k))
			continue;
		root.site = plan->site_of[root.site] - 1;
		plan->sites[root.site].rooted = true;
		/* A site beyond the root's own path is hit by others as well. */
		if (roots->anchors[k] != CFG_NONE && starts_frame(roots, root.insn))
			plan->sites[root.site].entry = true;
		plan->roots[n++] = root;
	}
	plan->n_roots = n;
	return 0;
}

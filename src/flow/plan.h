/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan: which instructions of a body get a probe, and the paths between them. plan_build makes it. Pure.
 */
#ifndef LPROF_PLAN_H
#define LPROF_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/cfg.h"

/* Where an edge leads when it is not to a site. */
#define PLAN_OUT   (UINT32_MAX)	    /* out of the function (or of the scope) */
#define PLAN_ANY   (UINT32_MAX - 1) /* an indirect jump: to the anchor of some root */
#define PLAN_NEVER (UINT32_MAX - 2) /* into a call that does not return */

struct plan_site {
	uint32_t insn;
	uint32_t next[2]; /* where the falling-through and the taken edge end: a site, PLAN_OUT, ... */
	bool entry;	  /* passed whenever the function is entered: a hit is a new frame if no edge led to it */
	bool called[2];	  /* a call lies on the edge's path, so that it may depart and never arrive */
	bool restart[2];  /* the edge leads to where the function asks for a larger stack, to begin anew */
	bool moves[2];	  /* its next site is reached on another stack, so in another frame */
	bool blind[2];	  /* the edge's path wants one more site, and has no instruction that can carry one */
	bool rooted;	  /* it is the site of a root: control also comes here from unknown places */
	bool spared; /* carries no probe, because its counts follow from those of other sites, see spared_choice.c */
};

/* One unknown: what comes to SITE and what leaves it are known but for EDGE (2 * site + taken). */
struct plan_step {
	uint32_t site;
	uint32_t edge;
};

/* Where control comes in from unknown places, and the site that tells how often. */
struct plan_root {
	uint32_t insn;
	uint32_t site; /* the first on the way from insn; no other root's */
};

struct plan {
	const struct cfg *cfg;
	uint8_t *scope;		 /* per instruction, as given; all ones for NULL */
	uint32_t *site_of;	 /* per instruction: 1 + its site's index, or 0 */
	bool has_indirect;	 /* some indirect jump of the body stays in the body */
	struct plan_site *sites; /* by ascending instruction index */
	uint32_t n_sites;
	uint32_t *spared; /* the spared sites, each in front of those to which its edges lead */
	uint32_t n_spared;
	struct plan_step *steps; /* in this order, they give the counts of the edges of all spared sites */
	uint32_t n_steps;
	struct plan_root *roots;
	uint32_t n_roots;
	uint32_t *blind_roots; /* instructions: roots without a site of their own */
	uint32_t n_blind_roots;
	bool blind_pad;	  /* control comes from some landing pad to a site unseen, and might have come from a call */
	uint32_t n_blind; /* places that want a probe and have no instruction that can carry one */
	uint64_t predicted_ns; /* cost when each site that carries a probe is hit once */
};

void plan__free(struct plan *plan); /* NULL is allowed */

/* How control leaves an instruction. */
enum plan_transfer { PLAN_TRANSFER_NEXT, PLAN_TRANSFER_TAKEN, PLAN_TRANSFER_OUT, PLAN_TRANSFER_ANY };

/*
 * How control leaves instruction I. For NEXT and TAKEN, *TO is the instruction of the scope to which it goes. TAKEN is
 * what the conditional jump I decides, when the path begins at it (AT_SITE).
 */
enum plan_transfer plan__step(const struct plan *plan, uint32_t i, bool at_site, bool taken, uint32_t *to);

/* Whether INSN is a conditional branch whose outcome no probe can tell. It ends a path as an indirect jump does. */
bool plan__is_blind(const struct insn *insn);

/*
 * Walks the path of an edge: calls FN for each instruction that is executed after the decision at
 * SITE, beginning with the site's own instruction, until the next site. TRANSFER says how control
 * leaves that instruction; FN may be NULL. Returns the site index at the end, PLAN_OUT, PLAN_ANY or PLAN_NEVER.
 */
typedef void (*plan_walk_fn)(uint32_t insn, enum plan_transfer transfer, void *ctx);
uint32_t plan__walk_edge(const struct plan *plan, uint32_t site, bool taken, plan_walk_fn fn, void *ctx);

/* The same for the path from a root's instruction to the first site on it, which is not visited. */
uint32_t plan__walk_root(const struct plan *plan, uint32_t root, plan_walk_fn fn, void *ctx);

/*
 * Lists the edges by the site where they end: those of site s are in[first[s]] up to in[first[s + 1]], in their order.
 * FIRST has n_sites + 1 items, all 0 at first, and IN 2 * n_sites.
 */
void plan__list_in(const struct plan *plan, uint32_t *first, uint32_t *in);

/* Whether control leaves the function at instruction I by a jump: a call at its end, compiled into one. */
bool plan__is_tail_call(const struct plan *plan, uint32_t i);

#endif

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
#include "flow/insn_effect.h"

/* Where an edge leads when it is not to a site. */
#define PLAN_OUT   (UINT32_MAX)	    /* out of the function (or of the scope) */
#define PLAN_ANY   (UINT32_MAX - 1) /* an indirect jump: to the anchor of some root */
#define PLAN_NEVER (UINT32_MAX - 2) /* into a call that does not return */

/* Why a site is not spared though that would leave but one count unknown; the one that came nearest is the highest. */
enum plan_refusal {
	PLAN_REFUSAL_NONE,
	PLAN_REFUSAL_LEAVES,	/* from there, control can leave the function unseen */
	PLAN_REFUSAL_UNCOUNTED, /* no register tells that count */
	PLAN_REFUSAL_UNKNOWN,	/* a register might, but what it is at first is not known at a probe */
};

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
	uint8_t refusal;   /* enum plan_refusal */
	uint32_t variable; /* of a spared site: 1 + the index of its region's variable, or 0 */
};

/* A register that tells how often control went round a loop that carries no probe, see spared_regions.c. */
struct plan_variable {
	uint32_t edge;	      /* 2 * site + taken: its count is what the variable tells */
	int64_t gain;	      /* how much the variable changes in all for one more count of that edge */
	uint32_t most_change; /* the most by which it changes at once */
	uint8_t reg;	      /* by the number that instructions have for it */
	bool narrow;	      /* only its lower 32 bits count */
	bool falls;	      /* if narrow: it gets smaller, not larger */
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
	uint32_t *spared;   /* the spared sites without a variable, each in front of those to which its edges lead */
	uint32_t n_ordered; /* their number */
	uint32_t n_spared;  /* that of all spared sites */
	struct plan_variable *variables;
	uint32_t n_variables;
	int32_t *changes; /* per edge of a site with a variable: by how much it changes it. NULL without variables */
	struct insn_effect *effects; /* of each instruction; NULL without variables */
	struct plan_step *steps;     /* in this order, they give the counts of the edges of all spared sites */
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

/*
 * The node of SITE in the graph of what is balanced: what comes to it along edges leaves it. That is the site's number,
 * or n_sites, the ground, if control also comes to it from unknown places, or if SITE is PLAN_OUT or the like.
 */
uint32_t plan__node(const struct plan *plan, uint32_t site);

/* The variable of the region to which an edge of SITE, which carries a probe, leads: 1 + its index, or 0. */
uint32_t plan__edge_variable(const struct plan *plan, uint32_t site, bool taken);

/* Whether control leaves the function at instruction I by a jump: a call at its end, compiled into one. */
bool plan__is_tail_call(const struct plan *plan, uint32_t i);

#endif

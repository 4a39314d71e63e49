/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan: which instructions of a body get a probe. Pure.
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

struct plan_input {
	const struct cfg *cfg;	/* borrowed; must outlive the plan */
	const uint8_t *scope;	/* per instruction, non-zero: shall be profiled. NULL: all */
	const uint32_t *lines;	/* per instruction: its line, 0 for none. Borrowed while building */
	const uint32_t *prices; /* nanoseconds per hit of each probe class, INSN_PROBE_CLASSES of them */
	bool every_line;	/* a probe on the first instruction of each line in each block as well */
};

struct plan_site {
	uint32_t insn;
	uint32_t next[2]; /* where the falling-through and the taken edge end: a site, PLAN_OUT, ... */
	bool entry;	  /* reached only by entering the function: a hit is a new frame */
	bool called[2];	  /* a call lies on the edge's path, so that it may depart and never arrive */
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
	struct plan_root *roots;
	uint32_t n_roots;
	uint32_t n_blind;      /* places that wanted a probe and have no instruction that can carry one */
	uint64_t predicted_ns; /* cost when each site is hit once */
};

/* 0 and a plan owned by the caller, or -ENOMEM. */
int plan__build(const struct plan_input *input, struct plan **out);
void plan__free(struct plan *plan);

/*
 * Walks the path of an edge: calls FN for each instruction that is executed after the decision at
 * SITE, beginning with the site's own instruction, until the next site. TRANSFER says how control
 * leaves that instruction. Returns the site index at the end, PLAN_OUT, PLAN_ANY or PLAN_NEVER.
 */
enum plan_transfer { PLAN_TRANSFER_NEXT, PLAN_TRANSFER_TAKEN, PLAN_TRANSFER_OUT, PLAN_TRANSFER_ANY };
typedef void (*plan_walk_fn)(uint32_t insn, enum plan_transfer transfer, void *ctx);
uint32_t plan__walk_edge(const struct plan *plan, uint32_t site, bool taken, plan_walk_fn fn, void *ctx);

/* The same for the path from a root to its site; the site's instruction is not visited. */
uint32_t plan__walk_root(const struct plan *plan, const struct plan_root *root, plan_walk_fn fn, void *ctx);

/* Whether control leaves the function at instruction I by a jump: a call at its end, compiled into one. */
bool plan__is_tail_call(const struct plan *plan, uint32_t i);

#endif

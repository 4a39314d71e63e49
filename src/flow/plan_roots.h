/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_roots: the roots of a plan in the making, and rule (2) of plan_build.c: each has a site that tells how often it
 * was entered. A part of plan_build, and used by it only.
 */
#ifndef LPROF_PLAN_ROOTS_H
#define LPROF_PLAN_ROOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/plan_edges.h"

struct plan_roots {
	struct plan_edges *edges;
	struct plan *plan;
	bool *is_root;	     /* per instruction */
	bool *blindly;	     /* per instruction: a branch of the scope leads to it whose outcome no probe can tell */
	bool jumps_anywhere; /* the scope holds such a branch, or an indirect jump */
	uint32_t *claims;    /* per instruction: which root's entries its site tells, from 1 */
	uint32_t *anchors;   /* per root: the best instruction on its own path, or CFG_NONE */
};

/* EDGES is borrowed. 0 or -ENOMEM; plan_roots__release() is due in either case. */
int plan_roots__init(struct plan_roots *roots, struct plan_edges *edges);
void plan_roots__release(struct plan_roots *roots);

/* Finds the roots, and places the anchors that need no second thought. 0 or -ENOMEM. */
int plan_roots__place(struct plan_roots *roots);

/* When all edges are settled: places the anchors that are needed besides, and settles their edges. */
void plan_roots__settle(struct plan_roots *roots);

/* When the sites are numbered: fills in the site of each root, and lists the blind roots. 0 or -ENOMEM. */
int plan_roots__resolve(struct plan_roots *roots);

#endif

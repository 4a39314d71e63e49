/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_builder: what the parts of the planner share while a plan is made. Private to plan*.c.
 */
#ifndef LPROF_PLAN_BUILDER_H
#define LPROF_PLAN_BUILDER_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/plan_build.h"

struct plan_builder {
	const struct plan_input *input;
	const struct cfg *cfg;
	struct plan *plan;
	uint32_t *stamp; /* per instruction: the walk that visited it last */
	uint32_t walk;
	uint32_t *work; /* instructions of sites whose edges are to be settled */
	uint32_t n_work;
	bool *is_root; /* per instruction */
	uint32_t n_blind_roots;
	uint32_t *anchors; /* per root: the best instruction on its own path, or CFG_NONE */
	bool *continued;   /* per instruction: has a predecessor in the scope */
	uint32_t *claims;  /* per instruction: which root's entries its site tells, from 1 */
};

/* Price of a probe at instruction I, UINT32_MAX when it can carry none. */
uint32_t plan_builder__price(const struct plan_builder *b, uint32_t i);

/* Makes instruction I a site, once; its edges are to be settled. */
void plan_builder__add_site(struct plan_builder *b, uint32_t i);

/* Rules (3), (4) and (5) for all sites that are not settled yet. */
void plan_builder__settle(struct plan_builder *b);

/* When all is settled: numbers the sites; 0 or -ENOMEM. Then: fills in where their edges end. */
int plan_builder__collect(struct plan_builder *b);
void plan_builder__resolve(struct plan *plan);

/* Rule (2): finds the roots and the anchors that need no second thought. 0 or -ENOMEM. */
int plan_roots__place(struct plan_builder *b);

/* The rest of rule (2), when everything else is settled. */
void plan_roots__settle(struct plan_builder *b);

/* Fills in the site of each root, when the sites have their numbers. */
void plan_roots__resolve(struct plan_builder *b);

#endif

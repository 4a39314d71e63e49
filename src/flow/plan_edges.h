/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_edges: the sites of a plan in the making, and rules (3) to (6) of plan_build.c for the edges between
 * them. A part of plan_build, used by it and by plan_roots only.
 */
#ifndef LPROF_PLAN_EDGES_H
#define LPROF_PLAN_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/plan.h"

struct plan_edges {
	const struct cfg *cfg;
	struct plan *plan;
	const uint32_t *lines, *prices; /* as in struct plan_input */
	uint32_t *stamp;		/* per instruction: the walk that visited it last */
	uint32_t walk;			/* the number of the walk at hand */
	bool *entrance;			/* per instruction: it is a site where frames begin */
	uint32_t *work;			/* instructions of sites whose edges are to be settled */
	uint32_t n_work;
	bool *blind; /* per instruction: a site is wanted in front of it, and there is nothing that can carry it */
};

/* PLAN, LINES and PRICES are borrowed. 0 or -ENOMEM; plan_edges__release() is due in either case. */
int plan_edges__init(struct plan_edges *edges, struct plan *plan, const uint32_t *lines, const uint32_t *prices);
void plan_edges__release(struct plan_edges *edges);

/*
 * Price of a probe at instruction I, a little more than that when it is a last resort; UINT32_MAX when it can carry
 * none.
 */
uint32_t plan_edges__price(const struct plan_edges *edges, uint32_t i);

/* Makes instruction I a site, unless it is one. Until the sites are numbered, plan->site_of only tells whether. */
void plan_edges__add_site(struct plan_edges *edges, uint32_t i);

/* Keeps the rules for the edges of all sites that are not settled yet, those added meanwhile included. */
void plan_edges__settle(struct plan_edges *edges);

/* When all is settled: numbers the sites, and fills in where their edges end. 0 or -ENOMEM. */
int plan_edges__number(struct plan_edges *edges);

#endif

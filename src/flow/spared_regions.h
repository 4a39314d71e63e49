/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spared_regions: which spared sites control can visit between two probes, and the registers that tell how often it
 * went round loops there. Pure.
 */
#ifndef LPROF_SPARED_REGIONS_H
#define LPROF_SPARED_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/insn_effect.h"
#include "flow/plan.h"
#include "flow/register_path.h"

struct spared_regions {
	struct plan *plan;		   /* borrowed */
	const struct insn_effect *effects; /* of each instruction, borrowed; NULL: there will be no variables */
	uint32_t *first, *in;		   /* the edges that lead to each site, as by plan__list_in() */
	struct register_value (*values)[INSN_REGISTERS]; /* per edge: at its end */
	bool *followed;					 /* per edge: its values are known */
	uint32_t *members;				 /* sites of the region at hand */
	uint32_t n_members;
	bool *inside;	 /* per site: it is one of the members */
	int64_t *height; /* per site, and the ground: see spared_regions.c */
	bool *reached;	 /* per site, and the ground: its height is known */
	uint64_t work;	 /* how many sites were looked at so far */
};

/* Returns 0 or -ENOMEM. To be released in either case. */
int spared_regions__init(struct spared_regions *regions, struct plan *plan, const struct insn_effect *effects);
void spared_regions__release(struct spared_regions *regions);

/*
 * SITE is to be spared. If its edge CYCLE (2 * site + taken; CFG_NONE: none) closes a cycle of edges of unknown counts,
 * a variable is needed, which is then added to the plan. Returns whether the site may be spared.
 */
bool spared_regions__take(struct spared_regions *regions, uint32_t site, uint32_t cycle);

#endif

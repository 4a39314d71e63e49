/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spared_counts: the counts of the sites that carry no probe, from the counts of those that do. Pure. */
#ifndef LPROF_SPARED_COUNTS_H
#define LPROF_SPARED_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/edge.h"
#include "flow/plan.h"

/*
 * Fills in departures and arrivals of the edges of PLAN's spared sites. EDGES has 2 * n_sites items, as in the plan.
 * EXCESS tells for each site how much more often control came to it than the edges that lead to it were taken: passes
 * that began when the site was hit, less passes that ended on the way to it (see `passes` in lprof.h). MOVED tells for
 * each variable of the plan by how much it changed in all passes. *N_WRONG is how many equations do not hold: 0 unless
 * something was not counted, or is being counted just now. 0 or -ENOMEM.
 */
int spared_counts__solve(const struct plan *plan, const int64_t *excess, const int64_t *moved,
			 struct attribute_edge *edges, uint32_t *n_wrong);

/*
 * The instruction in front of which a thread stands in PLAN's body whose instruction pointer is ADDRESS, and that was
 * hit last at the site LAST: the thread may have executed a breakpoint and not been hit yet, and then its instruction
 * pointer is behind that byte. (Where an instruction begins there to which control comes from elsewhere as well, this
 * cannot be told, and is taken not to be so.) CFG_NONE: it is not in the body.
 */
uint32_t spared_counts__place(const struct plan *plan, uint32_t last, uint64_t address);

/*
 * N passes ended in front of the instruction INSN, in the region of the variable NUMBER (from 1 on) or on the way to
 * it. The variable had changed by MOVED in all of them. *CHANGE is what is to be added to `moved` for that: all edges
 * that were begun count as if they had been travelled to their end. Returns whether that is known: in the middle of an
 * edge, the variable may be in another register.
 */
bool spared_counts__ended(const struct plan *plan, uint32_t insn, uint32_t number, uint64_t n, int64_t moved,
			  int64_t *change);

#endif

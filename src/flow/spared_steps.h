/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spared_steps: in which order the counts of spared sites follow from each other. Pure. */
#ifndef LPROF_SPARED_STEPS_H
#define LPROF_SPARED_STEPS_H

#include "flow/plan.h"

/*
 * Fills in plan->steps and plan->spared, by which sites are spared and by the variables of the plan. To be called once.
 * 0 or -ENOMEM.
 */
int spared_steps__order(struct plan *plan);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spared_choice: which sites of a plan need no probe. Pure. */
#ifndef LPROF_SPARED_CHOICE_H
#define LPROF_SPARED_CHOICE_H

#include "flow/plan.h"

/*
 * Marks sites of PLAN as spared, the dearest first, and fills in the steps that give their counts. WEIGHTS has one item
 * for each site: what it would cost to probe it. PRICES is as in struct plan_input. To be called once. 0 or -ENOMEM.
 */
int spared_choice__make(struct plan *plan, const double *weights, const uint32_t *prices);

#endif

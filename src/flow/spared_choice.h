/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spared_choice: which sites of a plan need no probe. Pure. */
#ifndef LPROF_SPARED_CHOICE_H
#define LPROF_SPARED_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/insn_effect.h"
#include "flow/plan.h"

/* Whether SITE is one that could be spared if the ways to it and from it allow it: a condition amid known ways. */
bool spared_choice__may_spare(const struct plan *plan, uint32_t site);

/* Whether nothing but a signal or the program's end can stop control on the edge, and nothing on it takes long. */
bool spared_choice__is_direct(const struct plan *plan, uint32_t site, bool taken);

/*
 * Marks sites of PLAN as spared, the dearest first, and fills in the steps that give their counts. WEIGHTS has one item
 * for each site: what it would cost to probe it. EFFECTS and PRICES are as in struct plan_input. To be called once.
 * 0 or -ENOMEM.
 */
int spared_choice__make(struct plan *plan, const struct insn_effect *effects, const double *weights,
			const uint32_t *prices);

#endif

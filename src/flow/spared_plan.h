/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spared_plan: makes the plan of a body in which as few sites as possible carry a probe. Pure. */
#ifndef LPROF_SPARED_PLAN_H
#define LPROF_SPARED_PLAN_H

#include "flow/plan_build.h"

/* As plan__build(), with sites spared. INPUT asks for no more than it must: not for every line, no sites besides. */
int spared_plan__build(const struct plan_input *input, struct plan **out);

#endif

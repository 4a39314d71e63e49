/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_scope: how far the scope of a plan reaches beyond the code that is to be counted, so that probes around that
 * code can tell what it does. Pure.
 */
#ifndef LPROF_PLAN_SCOPE_H
#define LPROF_PLAN_SCOPE_H

#include <stdint.h>

#include "flow/cfg.h"

enum plan_scope {
	PLAN_SCOPE_OUT,
	PLAN_SCOPE_IN,	   /* is to be counted */
	PLAN_SCOPE_AROUND, /* tells something of what is to be counted */
};

/* SCOPE has one item for each instruction of CFG; those that are OUT may become AROUND. */
void plan_scope__extend(const struct cfg *cfg, uint8_t *scope);

#endif

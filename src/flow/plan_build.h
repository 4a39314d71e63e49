/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_build: makes the plan of a body. Pure.
 */
#ifndef LPROF_PLAN_BUILD_H
#define LPROF_PLAN_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/cfg.h"
#include "flow/insn_effect.h"
#include "flow/plan.h"

struct plan_input {
	const struct cfg *cfg;	/* borrowed; must outlive the plan */
	const uint8_t *scope;	/* per instruction, non-zero: shall be profiled. NULL: all */
	const uint32_t *lines;	/* per instruction: its line, 0 for none. Borrowed while building */
	const uint32_t *prices; /* nanoseconds per hit of each probe class, INSN_PROBE_CLASSES of them */
	/* Per instruction: its effect. NULL: not known, so that no loop is without a probe. Borrowed while building */
	const struct insn_effect *effects;
	const bool *besides; /* per instruction: shall be a site as well. NULL: none. Borrowed while building */
	bool every_line;     /* a probe on the first instruction of each line in each block as well */
};

/* 0 and a plan owned by the caller, or -ENOMEM. */
int plan__build(const struct plan_input *input, struct plan **out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unwind_rule: what the rows of call frame information mean for a walk of the stack. Pure. */
#ifndef LPROF_UNWIND_RULE_H
#define LPROF_UNWIND_RULE_H

#include "dwarf/frame_program.h"
#include "unwind_row.h"

/* The rule for code in which STATE holds; without an address. UNWIND_UNKNOWN where no rule can say it. */
struct unwind_row unwind_rule__of(const struct frame_state *state);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* markless_rounds: doubts lines that hold a loop of which no mark is left. Pure. */
#ifndef LPROF_MARKLESS_ROUNDS_H
#define LPROF_MARKLESS_ROUNDS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

void markless_rounds__doubt(const struct attribution *attribution, const struct line_code *code,
			    const struct loop_list *loops, struct line_hits_list *list);

#endif

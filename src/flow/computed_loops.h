/* SPDX-License-Identifier: GPL-2.0-or-later */
/* computed_loops: loops that became a formula or a call of memset(), where nothing marks statements. Pure. */
#ifndef LPROF_COMPUTED_LOOPS_H
#define LPROF_COMPUTED_LOOPS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/* Makes inexact in LIST what is left of such loops in CODE, whose other loops are LOOPS. */
void computed_loops__doubt(const struct attribution *attribution, const struct line_code *code,
			   const struct loop_list *loops, struct line_hits_list *list);

#endif

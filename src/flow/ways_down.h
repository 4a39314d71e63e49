/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ways_down: ways on which control passes by statements that are written between. Pure. */
#ifndef LPROF_WAYS_DOWN_H
#define LPROF_WAYS_DOWN_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/*
 * Makes inexact in LIST the lines that such ways went around, and those to which they led. CODE is marked, LOOPS are
 * those of the body, and ORDER has the number of each block in reverse postorder. Returns 0 or -ENOMEM.
 */
int ways_down__doubt(const struct attribution *attribution, const struct line_code *code, const struct loop_list *loops,
		     const uint32_t *order, struct line_hits_list *list);

#endif

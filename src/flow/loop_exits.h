/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop_exits: lines of a loop of which code was moved behind the loop. Pure. */
#ifndef LPROF_LOOP_EXITS_H
#define LPROF_LOOP_EXITS_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/* Marks their hits in LIST, whose lines were counted by blocks, as inexact. Returns 0 or -ENOMEM. */
int loop_exits__doubt(const struct attribution *attribution, const struct line_code *code,
		      const struct loop_list *loops, struct line_hits_list *list);

#endif

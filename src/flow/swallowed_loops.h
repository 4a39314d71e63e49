/* SPDX-License-Identifier: GPL-2.0-or-later */
/* swallowed_loops: loops that became one operation on memory, like memset(), and lost their statements' marks. Pure. */
#ifndef LPROF_SWALLOWED_LOOPS_H
#define LPROF_SWALLOWED_LOOPS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/* Marks hits in LIST, which were counted by the marks of CODE, as inexact. Returns 0 or -ENOMEM. */
int swallowed_loops__doubt(const struct attribution *attribution, const struct line_code *code,
			   struct line_hits_list *list);

#endif

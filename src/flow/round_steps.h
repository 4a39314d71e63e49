/* SPDX-License-Identifier: GPL-2.0-or-later */
/* round_steps: loops of which two rounds became one, told by how they count, where nothing marks statements. Pure. */
#ifndef LPROF_ROUND_STEPS_H
#define LPROF_ROUND_STEPS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/* Makes inexact in LIST what such loops of CODE, which are among LOOPS, have hits of. */
void round_steps__doubt(const struct attribution *attribution, const struct line_code *code,
			const struct loop_list *loops, struct line_hits_list *list);

#endif

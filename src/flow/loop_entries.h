/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop_entries: hits of a loop's line that have no code, because the compiler knew that the loop is entered. Pure. */
#ifndef LPROF_LOOP_ENTRIES_H
#define LPROF_LOOP_ENTRIES_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/* Adds them to the hits of LIST, whose lines were counted by blocks or by marks. Returns 0 or -ENOMEM. */
int loop_entries__add(const struct attribution *attribution, const struct line_code *code,
		      const struct loop_list *loops, struct line_hits_list *list);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merged_tails: lines whose code is executed for equal statements further below as well. Pure. */
#ifndef LPROF_MERGED_TAILS_H
#define LPROF_MERGED_TAILS_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/*
 * Says of these lines in LIST that their hits are inexact. For code whose statements are marked. ORDER is that of
 * block_search__number(). Returns 0 or -ENOMEM.
 */
int merged_tails__doubt(const struct attribution *attribution, const struct line_code *code,
			const struct loop_list *loops, const uint32_t *order, struct line_hits_list *list);

#endif

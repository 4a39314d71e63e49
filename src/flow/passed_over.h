/* SPDX-License-Identifier: GPL-2.0-or-later */
/* passed_over: lines that seem to be executed less often than the statements before and behind them. Pure. */
#ifndef LPROF_PASSED_OVER_H
#define LPROF_PASSED_OVER_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"
#include "flow/loops.h"

/*
 * Says of these lines in LIST that their hits are inexact. For code whose statements are marked. ORDER is that of
 * block_search__number(). Returns 0 or -ENOMEM.
 */
int passed_over__doubt(const struct attribution *attribution, const struct line_code *code,
		       const struct loop_list *loops, const uint32_t *order, struct line_hits_list *list);

#endif

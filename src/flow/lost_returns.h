/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lost_returns: the last statement of a function, where only one of the ways to its end kept a mark of it. Pure. */
#ifndef LPROF_LOST_RETURNS_H
#define LPROF_LOST_RETURNS_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/* Marks hits in LIST, which were counted by the marks of CODE, as inexact. */
void lost_returns__doubt(const struct attribution *attribution, const struct line_code *code,
			 struct line_hits_list *list);

#endif

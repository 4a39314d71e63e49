/* SPDX-License-Identifier: GPL-2.0-or-later */
/* markless_choices: branches that became a choice without a branch, and lost the mark of their line. Pure. */
#ifndef LPROF_MARKLESS_CHOICES_H
#define LPROF_MARKLESS_CHOICES_H

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/* Marks hits in LIST, which were counted by the marks of CODE, as inexact. Returns 0 or -ENOMEM. */
int markless_choices__doubt(const struct attribution *attribution, const struct line_code *code,
			    struct line_hits_list *list);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* marks_alone: lines of which control passed marks and executed no code, though they have some. Pure. */
#ifndef LPROF_MARKS_ALONE_H
#define LPROF_MARKS_ALONE_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/* Says of these lines in LIST that their hits are inexact. Returns 0 or -ENOMEM. */
int marks_alone__doubt(const struct attribution *attribution, const struct line_code *code,
		       struct line_hits_list *list);

#endif

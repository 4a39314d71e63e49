/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unmarked_lines: lines of which optimised code without marks does not tell how often they were executed. Pure. */
#ifndef LPROF_UNMARKED_LINES_H
#define LPROF_UNMARKED_LINES_H

#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/* Says of such lines in LIST that their hits are inexact. CODE is optimised and has no marks. 0 or -ENOMEM. */
int unmarked_lines__doubt(const struct attribution *attribution, const struct line_code *code,
			  struct line_hits_list *list);

#endif

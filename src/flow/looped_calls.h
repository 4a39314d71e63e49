/* SPDX-License-Identifier: GPL-2.0-or-later */
/* looped_calls: calls of a function of itself that a compiler made a loop of. Pure. */
#ifndef LPROF_LOOPED_CALLS_H
#define LPROF_LOOPED_CALLS_H

#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/*
 * Sets *CALLS to how often the function that CODE describes, which is the whole body, was called if some of its calls
 * seem to have become a loop, and to 0 if none do. HITS are those of its lines, DECL_LINE is the one that declares it.
 * Returns 0 or -ENOMEM.
 */
int looped_calls__count(const struct attribution *attribution, const struct line_code *code,
			struct line_hits_list *hits, uint32_t decl_line, uint64_t *calls);

/*
 * Sets *MAY_BE to whether a call of the function by itself may have become a loop: then neither its entry nor its end
 * tells how often it was called. Returns 0 or -ENOMEM.
 */
int looped_calls__may_be(const struct attribution *attribution, const struct line_code *code, uint32_t decl_line,
			 bool *may_be);

#endif

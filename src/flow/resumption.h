/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resumption: hits of the lines of a coroutine in the bodies in which it goes on. Pure.
 */
#ifndef LPROF_RESUMPTION_H
#define LPROF_RESUMPTION_H

#include <stdint.h>

#include "flow/attribute.h"
#include "flow/line_code.h"
#include "flow/line_hits_list.h"

/*
 * Takes off the lines of CODE what only leads to where the coroutine waited, and appends to AGAIN how often it went on
 * in the middle of which lines: to be freed with free(), with one item or more for a line, whose times mean nothing.
 * FIRST is the line that declares the function, LAST the one of its closing brace. 0 or -ENOMEM.
 */
int resumption__find(const struct attribution *attribution, struct line_code *code, uint32_t first, uint32_t last,
		     struct line_hits_list *again);

/* Takes AGAIN from HITS, which were computed of the code: going on in a line is no new hit of it. */
void resumption__forget(const struct line_hits_list *again, struct line_hits_list *hits);

#endif

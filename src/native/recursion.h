/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recursion: whether a function's code called itself by way of other functions that are profiled. Pure. */
#ifndef LPROF_RECURSION_H
#define LPROF_RECURSION_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/attribute.h"
#include "native/body.h"

/*
 * Whether a function called others that called it, by direct calls that were executed. Of the N BODIES, whose
 * instructions were executed as ATTRIBUTIONS say, those are the function's that OWN says. VISITED has N elements of any
 * value.
 */
bool recursion__was(const struct body *bodies, struct attribution *const *attributions, size_t n, const bool *own,
		    bool *visited);

#endif

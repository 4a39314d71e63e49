/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recursion: whether a function's code called itself, directly or by way of other code that is profiled. Pure. */
#ifndef LPROF_RECURSION_H
#define LPROF_RECURSION_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/attribute.h"
#include "native/body.h"

/*
 * Whether body NUMBER of the N BODIES, whose instructions were executed as ATTRIBUTIONS say, called itself by direct
 * calls that were executed. VISITED has N elements, which are false.
 */
bool recursion__was(const struct body *bodies, struct attribution *const *attributions, size_t n, size_t number,
		    bool *visited);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blind: which counts may be wrong because no instruction could carry a probe where one was needed. Pure. */
#ifndef LPROF_BLIND_H
#define LPROF_BLIND_H

#include "flow/attribute.h"

/*
 * Sets attribution->unsure. EDGES are those that the counts are from, in which no restart is left. Returns 0 or
 * -ENOMEM. A part of attribute, and used by it only.
 */
int blind__mark(struct attribution *attribution, const struct attribute_edge *edges);

#endif

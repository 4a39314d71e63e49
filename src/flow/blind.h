/* SPDX-License-Identifier: GPL-2.0-or-later */
/* blind: which counts may be wrong because no instruction could carry a probe where one was needed. Pure. */
#ifndef LPROF_BLIND_H
#define LPROF_BLIND_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/edge.h"
#include "flow/plan.h"

/* What attribute found out of each instruction of the body; UNSURE is to be set. */
struct blind_counts {
	const uint64_t *counts, *rooted; /* as in struct attribution */
	bool *unsure;			 /* all false at first */
};

/*
 * EDGES are those that the counts are from, in which no restart is left. Returns 0 or -ENOMEM. A part of attribute, and
 * used by it only.
 */
int blind__mark(const struct plan *plan, const struct attribute_edge *edges, const struct blind_counts *counts);

#endif

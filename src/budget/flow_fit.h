/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_fit: the flow in a network that is nearest to what was measured on its arcs, while no flow is lost at any node.
 * Pure.
 */
#ifndef LPROF_FLOW_FIT_H
#define LPROF_FLOW_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Outside of the network: where flow comes from and goes to freely. */
#define FLOW_FIT_OUTSIDE UINT32_MAX

struct flow_arc {
	uint32_t from, to;   /* nodes, or FLOW_FIT_OUTSIDE */
	double value;	     /* as measured */
	double variance;     /* of VALUE; 0: the flow is exactly VALUE */
	bool may_be_reverse; /* the flow may be negative */
};

/*
 * Writes the flow of each of the N arcs to FLOWS. There are N_NODES nodes. POTENTIALS has one item for each node, zeros
 * at first; those of one fit are a good start for another fit whose values are little different. 0 or -ENOMEM.
 */
int flow_fit__solve(const struct flow_arc *arcs, size_t n, uint32_t n_nodes, double *potentials, double *flows);

#endif

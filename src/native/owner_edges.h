/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner_edges: the edges of all bodies as one owner has travelled them, from what the probes counted: those of sites
 * that carry no probe filled in, without the cost of the probes.
 */
#ifndef LPROF_OWNER_EDGES_H
#define LPROF_OWNER_EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "flow/edge.h"
#include "native/image.h"
#include "probe/counters.h"
#include "probe/estimate.h"

struct owner_edges {
	struct image *const *images; /* borrowed */
	size_t n_images;
	size_t n_edges;
	struct attribute_edge *items; /* image after image, body after body */
	/* Private, for each edge: its static cost (attribute__static_cost()), and that of the way to the next probe. */
	double *costs, *passages;
	double *least_costs; /* private, for each edge: attribute__least_cost() */
	int64_t *excess;     /* per site, as for spared_counts__solve() */
	int64_t *moved;	     /* likewise; those of a body begin at the place of its first site */
};

/* IMAGES are planned, and have N_SITES sites. 0 or -ENOMEM; owner_edges__release() is due in either case. */
int owner_edges__init(struct owner_edges *edges, struct image *const *images, size_t n_images, size_t n_sites);
void owner_edges__release(struct owner_edges *edges);

/*
 * Fills in the counts of OWNER, which is one of COUNTERS; the times are zero. Says in the bodies
 * what is wrong with the counts of their spared sites. 0 or -ENOMEM.
 */
int owner_edges__count(struct owner_edges *edges, const struct counters *counters, const struct counters_owner *owner);

/* After that: adds to RUN what the edges tell of the cost of probes. */
void owner_edges__weigh(const struct owner_edges *edges, const struct counters_owner *owner, struct estimate_run *run);

/* After owner_edges__count(): fills in the times, as estimate__edge() does. 0 or -ENOMEM. */
int owner_edges__time(struct owner_edges *edges, const struct counters_owner *owner, const struct estimate_run *run,
		      const struct estimate_scale *scale, bool cpu_only);

#endif

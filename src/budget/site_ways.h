/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_ways: the ways on which targets leave sites: where they lead, and how long they take at least. They tell of a
 * window how long the targets have been on known ways, by its counts alone. Pure.
 */
#ifndef LPROF_SITE_WAYS_H
#define LPROF_SITE_WAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SITE_WAYS_ELSEWHERE UINT32_MAX /* the way leads to no site, or the targets may be on it for any time */

struct site_way {
	float least_ns; /* by its instructions */
	uint32_t next;	/* the site to which it leads, or SITE_WAYS_ELSEWHERE */
};

struct site_ways {
	struct site_way *items; /* two for each site: falling through, and taken */
	bool *in_window;	/* of each site; scratch */
};

/* Of N_SITES sites. 0 or -ENOMEM; to be released in both cases. */
int site_ways__init(struct site_ways *ways, uint32_t n_sites);
void site_ways__release(struct site_ways *ways);

/* How long the targets have been on the ways from the N SITES at least, by the COUNTS of these: two for each site. */
double site_ways__least_ns(const struct site_ways *ways, const uint32_t *sites, size_t n, const uint64_t *counts);

/*
 * Whether the targets were, between the hits of a window, on the ways from one of its N SITES to the next nearly all
 * the time, as far as the COUNTS tell. If they often went elsewhere, the instructions on these ways do not tell their
 * time.
 */
bool site_ways__are_closed(struct site_ways *ways, const uint32_t *sites, size_t n, const uint64_t *counts);

#endif

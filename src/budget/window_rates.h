/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_rates: how often the edges of one body were departed for each nanosecond of the target's own time, told from
 * one set of windows. Pure.
 */
#ifndef LPROF_WINDOW_RATES_H
#define LPROF_WINDOW_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "budget/plan_flow.h"
#include "budget/window_log.h"

/* Windows are divided into so many groups, for estimates that leave one of them out. */
#define WINDOW_RATES_GROUPS 10

/*
 * A column is an edge of one of the sites, in their order, or behind these the net of a site (see plan_flow.h) that is
 * in the set with all sites from which edges lead to it.
 */
struct window_rates {
	const struct plan_flow *flow; /* borrowed, as is the next one */
	const struct window_set *set;
	unsigned group;	 /* of the set's first window */
	uint32_t begin;	 /* index in the set of the first site of the body */
	uint32_t *sites; /* of the body that the set has, ascending, counted from the body's first */
	uint32_t n_sites;
	uint32_t *at;	/* per site of the body: 1 + its index in SITES, or 0 */
	uint32_t *nets; /* the sites whose nets are columns */
	uint32_t n_nets;
	uint32_t n_columns;
	double *sums;			       /* [1 + groups][columns]: of all windows, and of each group; weighted */
	double times[1 + WINDOW_RATES_GROUPS]; /* likewise: a rate is a sum divided by its time */
	double *variances;		       /* per column: of the rate */
	double own_ns;			       /* all windows together */
	double doubt;			       /* the relative standard deviation that all rates have in common */
	bool judged; /* the windows' times are already what is likely by all that other sets know of their sites */
};

/*
 * For the body whose sites begin with FIRST_SITE in the run. 0 or -ENOMEM; to be released in both cases. There are no
 * columns if the windows of SET tell nothing of the body.
 */
int window_rates__init(struct window_rates *rates, const struct plan_flow *flow, uint32_t first_site,
		       const struct window_set *set, unsigned group);

/* Computes all again with the price SHIFT standard deviations above its calibrated value. 0 or -ENOMEM. */
int window_rates__shift(struct window_rates *rates, double shift);

void window_rates__release(struct window_rates *rates);

#endif

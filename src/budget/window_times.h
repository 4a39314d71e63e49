/* SPDX-License-Identifier: GPL-2.0-or-later */
/* window_times: how much of the target's own time each window of a set covered, and what that makes it weigh. Pure. */
#ifndef LPROF_WINDOW_TIMES_H
#define LPROF_WINDOW_TIMES_H

#include "budget/window_log.h"

struct window_time {
	double ns;     /* own time of the target; positive, or 0 when the window tells nothing */
	double weight; /* of the window's counts */
};

/*
 * Computes one item for each of the set's sums. SHIFT: how many standard deviations the price of hits is taken to be
 * above its calibrated value. Returns the relative standard deviation that all rates have in common because of that.
 */
double window_times__compute(const struct window_set *set, double shift, struct window_time *items);

#endif

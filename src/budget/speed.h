/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speed: whether the hits that windows tell of a body agree with the time that samples tell of it. Pure. */
#ifndef LPROF_SPEED_H
#define LPROF_SPEED_H

#include <stdint.h>

#include "budget/totals.h"

/* What is known of a body but for windows. */
struct speed {
	const float *least_ns; /* of each of its edges: what the instructions on it take one by one, at 1 ns each */
	double sampled_ns;     /* how long the targets were in the body's own code, by samples taken with no probe in */
	uint64_t samples;      /* that this rests on; 0: it is not known */
};

/*
 * Corrects EDGES, the TOTALS_VARIANTS estimates of a body with N edges, one after the other, by what the body's SPEED
 * says of their scale.
 */
void speed__correct(const struct speed *speed, uint32_t n, struct totals_edge *edges);

#endif

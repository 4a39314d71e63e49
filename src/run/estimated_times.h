/* SPDX-License-Identifier: GPL-2.0-or-later */
/* estimated_times: the times of functions that were counted in windows, told from samples. */
#ifndef LPROF_ESTIMATED_TIMES_H
#define LPROF_ESTIMATED_TIMES_H

#include "profile/profile.h"

/*
 * Gives the functions of PROFILE whose hits are estimates, or not known, the times of its sampled stacks. Their lines
 * were counted during PART of the time in which stacks were sampled, so they get that part of it. 0 or -ENOMEM.
 */
int estimated_times__set(struct profile *profile, double part);

#endif

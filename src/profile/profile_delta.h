/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_delta: computes what was counted between two readings of the same counters. Pure.
 *
 * Profile stores add up the profiles that they are sent, so each profile sent must hold only what is new. That is
 * simple for counts, which never fall. Times and estimated hits can fall: they are revised as more becomes known, and
 * what was sent cannot be taken back. Therefore each delta is computed against the sum of all deltas before it, not
 * against the last reading, and a figure that has fallen contributes nothing until it rises above what was sent. So the
 * sum of all deltas of a figure is the largest reading of it, and not more.
 */
#ifndef LPROF_PROFILE_DELTA_H
#define LPROF_PROFILE_DELTA_H

#include <stdbool.h>

#include "profile/profile.h"

/*
 * Computes what NOW has counted beyond SENT: hits, calls, times and samples, less those of the same line or stack of
 * the same owner in SENT, but never less than zero. A function or line that only NOW has is taken whole; one that only
 * SENT has is left out. Names, notes, command, processes and the number of sites are copied from NOW. SENT may be
 * NULL: nothing was sent yet. Returns 0 and a profile owned by the caller, or -ENOMEM.
 */
int profile_delta__since(const struct profile *sent, const struct profile *now, struct profile **out);

/*
 * Adds the figures of DELTA to those of SENT, which gains functions and lines as needed. Notes, command and processes
 * are not added, since deltas take them from NOW. Returns 0, or -ENOMEM with SENT partly updated.
 */
int profile_delta__add(struct profile *sent, const struct profile *delta);

/* Whether PROFILE is empty: no function in it was called, hit or took time, and nothing was sampled. */
bool profile_delta__is_empty(const struct profile *profile);

#endif

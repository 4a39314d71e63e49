/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_delta: what was counted between two readings of the same counters. Pure.
 *
 * Stores of profiles add up what they are sent, so that each profile must hold only what is new. Counts never fall,
 * but times do: they are estimates, which are revised as more becomes known about the probes' cost. What was sent
 * cannot be taken back; so each delta is against the sum of those before it, not against the last reading, and a time
 * that has fallen yields nothing until it has risen above what was sent. The sum of all deltas is then the largest
 * reading, not more.
 */
#ifndef LPROF_PROFILE_DELTA_H
#define LPROF_PROFILE_DELTA_H

#include <stdbool.h>

#include "profile/profile.h"

/*
 * What NOW has counted and SENT has not: hits, calls and times less those of the same line of the same function of
 * the same owner in SENT, and never less than zero. A function or line that SENT does not have is taken as it is;
 * one that only SENT has is left out. Names, notes, command, processes and the number of sites are NOW's. SENT may be
 * NULL: nothing has been. Returns 0 and a profile owned by the caller, or -ENOMEM.
 */
int profile_delta__since(const struct profile *sent, const struct profile *now, struct profile **out);

/*
 * Adds the figures of DELTA to those of SENT, creating functions and lines; notes, command and processes are not
 * wanted in SENT. Returns 0 or -ENOMEM, SENT then having a part of it.
 */
int profile_delta__add(struct profile *sent, const struct profile *delta);

/* Whether no function was called, hit or took time in PROFILE. */
bool profile_delta__is_empty(const struct profile *profile);

#endif

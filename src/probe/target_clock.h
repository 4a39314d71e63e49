/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_clock: how long the targets' threads have been on a processor. Which processes the targets are is given, or
 * they are those that map the probed objects, which are looked for once a second.
 */
#ifndef LPROF_TARGET_CLOCK_H
#define LPROF_TARGET_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/probed.h"

struct target_clock;

/*
 * The clock of the N processes PIDS or, with N 0, of those that map an object of PROBED, which is borrowed. Owned by
 * the caller; NULL when out of memory.
 */
struct target_clock *target_clock__new(const struct probed *probed, const pid_t *pids, size_t n);
void target_clock__free(struct target_clock *clock); /* NULL is allowed */

/* The sum over all targets until now, in nanoseconds; those that have ended count until they were last looked at. */
uint64_t target_clock__ns(struct target_clock *clock);

/* The targets that there are now. *PIDS belongs to the clock and is valid until the next call. Returns their number. */
size_t target_clock__pids(struct target_clock *clock, const pid_t **pids);

#endif

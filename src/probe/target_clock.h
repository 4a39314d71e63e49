/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_clock: tells the BPF programs which processes are the targets of a system-wide session, so that their time on
 * a processor is known: those that map a probed object. They are looked for once a second.
 */
#ifndef LPROF_TARGET_CLOCK_H
#define LPROF_TARGET_CLOCK_H

#include "probe/probed.h"

struct target_clock;

/* MAP_FD is the programs' hash of process IDs, PROBED is borrowed. Owned by the caller; NULL when out of memory. */
struct target_clock *target_clock__new(const struct probed *probed, int map_fd);
void target_clock__free(struct target_clock *clock); /* NULL is allowed */

/* Looks for processes, if it is time to. */
void target_clock__look(struct target_clock *clock);

#endif

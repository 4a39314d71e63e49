/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target_watch: watches the profiled processes: whether one has ended, has executed another program, or is stopped. */
#ifndef LPROF_TARGET_WATCH_H
#define LPROF_TARGET_WATCH_H

#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "profile/profile.h"

struct target_watch;

/*
 * Begins to watch the N processes PIDS. Returns 0 and a watch owned by the caller, or -errno, reported to DIAG unless
 * it is -ENOMEM.
 */
int target_watch__open(const pid_t *pids, size_t n, const struct diag *diag, struct target_watch **out);
void target_watch__close(struct target_watch *watch); /* NULL is allowed */

/*
 * Returns a copy of DIAG for the work before profiling begins. If one of the processes has ended or executed another
 * program, that is the real cause of any error, so the returned diag reports it once instead of the errors. WATCH, and
 * what DIAG borrows, must stay valid while it is used.
 */
struct diag target_watch__explaining(struct target_watch *watch, const struct diag *diag);

/*
 * Returns a copy of DIAG for work on the processes while profiling lasts. Once one of them has ended, that is taken to
 * be the cause of any error, and the returned diag says nothing of it. WATCH, and what DIAG borrows, must stay valid
 * while it is used; a diag that target_watch__explaining() returned before must not be used any more.
 */
struct diag target_watch__passing_over_ends(struct target_watch *watch, const struct diag *diag);

/*
 * One descriptor for each process, in the order of PIDS; it becomes readable when the process ends. Valid as long as
 * the watch is open.
 */
const int *target_watch__fds(const struct target_watch *watch);

/* Remembers which processes are stopped now, by a signal or a debugger. To be called a few times each second. */
void target_watch__look(struct target_watch *watch);

/* Adds a note to PROFILE for each process that was seen stopped. Returns 0 or -ENOMEM. */
int target_watch__note_stops(const struct target_watch *watch, struct profile *profile);

#endif

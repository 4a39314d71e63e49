/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target_watch: what becomes of the processes that are profiled: whether one has ended, executes another program by
 * now, or is stopped.
 */
#ifndef LPROF_TARGET_WATCH_H
#define LPROF_TARGET_WATCH_H

#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "profile/profile.h"

struct target_watch;

/*
 * Begins to watch N processes PIDS. 0 and a watch owned by the caller, or -errno that was said in DIAG (-ENOMEM is
 * not).
 */
int target_watch__open(const pid_t *pids, size_t n, const struct diag *diag, struct target_watch **out);
void target_watch__close(struct target_watch *watch); /* NULL is allowed */

/*
 * DIAG for what is done before profiling begins: once one of the processes has ended or executed another program,
 * that is what each error comes from, and it is said instead, once. WATCH and what DIAG borrows are borrowed.
 */
struct diag target_watch__explaining(struct target_watch *watch, const struct diag *diag);

/* Descriptors that are readable when their process has ended, one for each, as long as the watch is open. */
const int *target_watch__fds(const struct target_watch *watch);

/* To be called a few times a second: remembers which processes are stopped, by a signal or a debugger. */
void target_watch__look(struct target_watch *watch);

/* A note for each process that was seen stopped. 0 or -ENOMEM. */
int target_watch__note_stops(const struct target_watch *watch, struct profile *profile);

#endif

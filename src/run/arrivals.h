/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arrivals: the processes in a cgroup, and those that come into it. What is there at the beginning is read from its
 * directory. Later, `follow` tells of those who are moved there or forked into it; the directory is read again now and
 * then, for who may have been missed.
 *
 * Whoever comes mostly executes a program in a moment, as a service does that systemd starts, and has nothing to be
 * profiled before. So he is waited for until then, but not for long.
 */
#ifndef LPROF_RUN_ARRIVALS_H
#define LPROF_RUN_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "probe/follow.h"

struct arrivals;

/* As cgroup__open(). */
int arrivals__open(const char *path, const struct diag *diag, struct arrivals **out);
void arrivals__close(struct arrivals *arrivals); /* NULL is allowed */

/* The path of the cgroup. Borrowed. */
const char *arrivals__path(const struct arrivals *arrivals);

/* Called with CTX and a process that is in the cgroup and not followed until now, but from now on. */
typedef void arrivals_fn(void *ctx, pid_t pid);

/* Has FOLLOW follow the cgroup's processes, and calls FN for each that is there. 0 or -ENOMEM. */
int arrivals__begin(struct arrivals *arrivals, struct follow *follow, arrivals_fn *fn, void *ctx);

/* Calls FN for those who have come. To be called a few times a second. 0 or -ENOMEM. */
int arrivals__look(struct arrivals *arrivals, struct follow *follow, arrivals_fn *fn, void *ctx);

/* Process PID has come, so FOLLOW says: the next arrivals__look() calls FN for it. 0 or -ENOMEM. */
int arrivals__expect(struct arrivals *arrivals, pid_t pid);

/* It does not: process PID has executed a program, for example. */
void arrivals__forget(struct arrivals *arrivals, pid_t pid);

/* Whether process PID is this one, or was started by it in order to help it. */
bool arrivals__is_ours(pid_t pid);

#endif

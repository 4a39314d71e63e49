/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * homes: the cgroups that the processes of a run are in. A process is looked at when it is first known, since it may
 * have ended when its figures are reported.
 */
#ifndef LPROF_RUN_HOMES_H
#define LPROF_RUN_HOMES_H

#include <stddef.h>
#include <sys/types.h>

#include "profile/profile.h"
#include "profile/profile_processes.h"

/* Looks where process PID is now. 0 or -ENOMEM. */
int homes__look(struct profile_processes *homes, pid_t pid);

/*
 * Adds HOMES to PROFILE; those of processes that its figures belong to, and that nobody has looked at, are looked at
 * first. 0 or -ENOMEM.
 */
int homes__report(struct profile_processes *homes, struct profile *profile);

/* The cgroup that all of the N processes PIDS are in, owned by the caller; NULL: they are in several, or N is 0. */
char *homes__common(const pid_t *pids, size_t n);

#endif

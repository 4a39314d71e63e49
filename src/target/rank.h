/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rank: finds out which rank of an MPI job a process is, from the environment variables that MPI launchers set. */
#ifndef LPROF_RANK_H
#define LPROF_RANK_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Returns the rank in ENVIRONMENT: SIZE bytes of NAME=VALUE, each ended by a NUL, as in /proc/PID/environ. -1: it is
 * not a rank.
 */
int rank__of_environment(const char *environment, size_t size);

/* Returns the rank of process PID. -1: it is not a rank, or has ended, or its environment cannot be read. */
int rank__of_process(pid_t pid);

#endif

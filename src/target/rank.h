/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rank: which rank of an MPI job a process is, as its launcher told it.
 */
#ifndef LPROF_RANK_H
#define LPROF_RANK_H

#include <stddef.h>
#include <sys/types.h>

/* From SIZE bytes of NAME=VALUE, each ended by a NUL, as in /proc/PID/environ; -1: it is none. */
int rank__of_environment(const char *environment, size_t size);

/* Of a process, which may have ended; -1: it is none, or that cannot be known. */
int rank__of_process(pid_t pid);

#endif

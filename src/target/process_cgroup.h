/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_cgroup: in which control group a process is. */
#ifndef LPROF_PROCESS_CGROUP_H
#define LPROF_PROCESS_CGROUP_H

#include <sys/types.h>

/*
 * The path of the cgroup of process PID by which containers are known, as container_name__path() finds it. Owned by the
 * caller; NULL: the process has ended, or out of memory.
 */
char *process_cgroup__read(pid_t pid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile_processes: what is known of the processes of a profile besides their figures. Pure. */
#ifndef LPROF_PROFILE_PROCESSES_H
#define LPROF_PROFILE_PROCESSES_H

#include <stddef.h>

struct profile_process {
	int pid;
	char *cgroup; /* the path of its cgroup; see base/container_name.h for what that tells */
};

/* Zeros at first. */
struct profile_processes {
	struct profile_process *items; /* by process ID */
	size_t n;
};

void profile_processes__release(struct profile_processes *processes);

/* Process PID is in CGROUP, which is copied, and no longer where it was before. 0 or -ENOMEM. */
int profile_processes__set(struct profile_processes *processes, int pid, const char *cgroup);

/* Sets those of OTHER too. 0 or -ENOMEM. */
int profile_processes__add(struct profile_processes *processes, const struct profile_processes *other);

/* The cgroup of process PID, borrowed; NULL: it is not known. */
const char *profile_processes__cgroup(const struct profile_processes *processes, int pid);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: a control group of the kernel (version 2), and the processes in it and in those below it. It is known by its
 * path, since whoever manages it, systemd for example, may remove it and make another one there.
 */
#ifndef LPROF_CGROUP_H
#define LPROF_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"

struct cgroup;

/*
 * Finds the cgroup that PATH names: a directory where a cgroup2 file system is mounted, or below the root of that file
 * system, with or without a slash at the beginning. 0 and a cgroup owned by the caller, or -errno; why is said in DIAG
 * unless it is -ENOMEM.
 */
int cgroup__open(const char *path, const struct diag *diag, struct cgroup **out);
void cgroup__close(struct cgroup *cgroup); /* NULL is allowed */

/* Its path from the root of the file system, which begins with a slash. Borrowed. */
const char *cgroup__path(const struct cgroup *cgroup);

/* Its name in the cgroup above it. Borrowed; "": it is the root. */
const char *cgroup__name(const struct cgroup *cgroup);

/* The number of the cgroup above it; 0: there is none now. */
uint64_t cgroup__parent(const struct cgroup *cgroup);

/* What there is at one moment. Zeros at first. */
struct cgroup_view {
	uint64_t *ids; /* the kernel's numbers of the cgroup and of those below it; none: there is no such cgroup now */
	size_t n_ids;
	pid_t *pids; /* the processes in them */
	size_t n_pids;
};

/* Sets VIEW anew. Numbers come before the processes are read: who is in a cgroup that is not listed came later. */
int cgroup__look(const struct cgroup *cgroup, struct cgroup_view *view); /* 0 or -ENOMEM */

void cgroup_view__release(struct cgroup_view *view);

#endif

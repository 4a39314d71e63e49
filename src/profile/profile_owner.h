/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile_owner: the process or thread to which figures belong. Pure. */
#ifndef LPROF_PROFILE_OWNER_H
#define LPROF_PROFILE_OWNER_H

#include <stdbool.h>

struct profile_owner {
	int pid;       /* 0: the figures are sums over all processes */
	int tid;       /* 0: the figures are sums over all threads of the process */
	char comm[64]; /* the kernel's name of the thread; at most 15 bytes, each of which may be escaped as \xNN */
	bool has_rank; /* the process is rank RANK of an MPI job */
	int rank;
};

#endif

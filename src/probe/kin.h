/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kin: processes that the targets have started and that run the profiled code too, though nothing of them is counted.
 */
#ifndef LPROF_KIN_H
#define LPROF_KIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "probe/probed.h"
#include "profile/profile.h"

struct kin;
struct lprof_bpf;

struct kin_request {
	const struct probed *probed;
	const struct lprof_bpf *skel; /* loaded, with the programs that watch processes */
	const pid_t *pids;	      /* the targets */
	size_t n_pids;
	bool own; /* the probed objects are those of what the targets run, rather than one that the user named */
};

/* All pointers are borrowed. Returns an owned struct, or NULL when out of memory. */
struct kin *kin__new(const struct kin_request *request);
void kin__free(struct kin *kin); /* NULL is allowed */

/* Looks for processes that the targets have started already. To be called when counting begins. 0 or -ENOMEM. */
int kin__begin(struct kin *kin);

/* Process PID, which may be one that the targets had started, is a target itself from now on. */
void kin__adopt(struct kin *kin, pid_t pid);

/*
 * Finds out which of the programs that the targets' children execute map the probed objects as libraries, as long as
 * they run. To be called a few times a second.
 */
void kin__look(struct kin *kin);

/* Adds a note to PROFILE if there were such processes. 0 or -ENOMEM. */
int kin__note(struct kin *kin, struct profile *profile);

#endif

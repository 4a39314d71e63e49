/* SPDX-License-Identifier: GPL-2.0-or-later */
/* targets: the processes that a session counts in, as the BPF programs and the keeper know them. */
#ifndef LPROF_TARGETS_H
#define LPROF_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct keeper;
struct lprof_bpf;

struct targets {
	pid_t *pids; /* those that have not ended, as far as is known; the array stays where it is */
	size_t n;
	bool everywhere;    /* in all processes: there were none from the beginning */
	bool growing;	    /* more may be adopted */
	uint32_t *batches;  /* private: for each of PIDS, the number of its batch; 0: it was there from the beginning */
	uint32_t n_adopted; /* private */
};

/* The N processes PIDS, which are copied; none: all of the machine. 0 or -ENOMEM; targets__release() is due. */
int targets__init(struct targets *targets, const pid_t *pids, size_t n, bool growing);
void targets__release(struct targets *targets);

/* Has the BPF programs, which are to be loaded, count in these only. Then, when they are loaded: 0 or -errno. */
void targets__configure(const struct targets *targets, const struct lprof_bpf *skel);
int targets__fill(const struct targets *targets, const struct lprof_bpf *skel);

/*
 * Adds process PID, in which nothing counts before targets__admit(). *GROUP is the keeper's group that its probes are
 * to belong to. 0, or -ENOSPC when there are too many.
 */
int targets__add(struct targets *targets, pid_t pid, uint32_t *group);

/* From now on it counts in the process that was added last. 0 or -errno. */
int targets__admit(const struct targets *targets, const struct lprof_bpf *skel);

/* Forgets the process that was added last. KEEPER takes out probes that nobody needs any more. */
void targets__drop_last(struct targets *targets, const struct lprof_bpf *skel, struct keeper *keeper);

/* The same for the processes that have ended. */
void targets__forget_ended(struct targets *targets, const struct lprof_bpf *skel, struct keeper *keeper);

#endif

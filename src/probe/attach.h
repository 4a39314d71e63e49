/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attach: puts many uprobes of one object in, and takes them out, all together. It uses a single uprobe_multi link
 * where the kernel has that, otherwise one perf event and one link for each probe.
 *
 * The kernel takes the probes out when the process that attached them ends. It may leave some behind if that process is
 * killed while it attaches or detaches, so a process of its own does both: see keeper.h.
 */
#ifndef LPROF_ATTACH_H
#define LPROF_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum attach_way { ATTACH_UPROBE_MULTI, ATTACH_PERF_EVENTS };

/* Finds the best way that this kernel offers by trying. Needs the right to load BPF programs. */
enum attach_way attach__best_way(void);

/* Value for bpf_program__set_expected_attach_type() of a program that is to be attached in that way. */
int attach__expected_type(enum attach_way way);

/*
 * Loads a BPF program that does nothing, to be attached in the best way. A descriptor owned by the caller, or -errno.
 */
int attach__empty_program(void);

struct attach_request {
	enum attach_way way;
	int prog_fd;
	const char *path;	    /* opens the object's inode */
	pid_t pid;		    /* only this process; 0: every process */
	const uint64_t *offsets;    /* file offsets of the instructions */
	const uint64_t *cookies;    /* what the program learns of the probe that was hit */
	const uint64_t *semaphores; /* file offsets of 16-bit counters of attached probes, 0: none; may be NULL */
	size_t n;
};

struct attachment;

/*
 * Attaches. Returns 0 and an attachment owned by the caller, or -errno with nothing left attached:
 * -EMFILE (too many open files; only perf events need many), -ESRCH (no such process), -EINVAL or
 * -ENOTSUP (an instruction was refused), -EPERM.
 */
int attach__probes(const struct attach_request *request, struct attachment **out);

/* Takes the probes out; NULL is allowed. */
void attachment__detach(struct attachment *attachment);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped: an object's code as a process really has it. A probe on code that was changed in memory would
 * make the process execute what the file has instead.
 */
#ifndef LPROF_MAPPED_H
#define LPROF_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mapped;

/*
 * Finds where PID maps the inode DEV, INO executable. Returns 0 and a mapped owned by the caller, also
 * when it maps it nowhere, or -errno.
 */
int mapped__open(pid_t pid, unsigned long long dev, unsigned long long ino, struct mapped **out);

enum mapped_state {
	MAPPED_SAME,	   /* the file's bytes, but for probes of other tracers: the kernel lets these share a place */
	MAPPED_BREAKPOINT, /* the same, but a debugger traces the process, so that a breakpoint may be its own */
	MAPPED_CHANGED,	   /* anything else, also memory that cannot be read */
	MAPPED_GONE,	   /* the process has ended */
};

/* The length of the instruction that begins at OFFSET of the file, 0 when none is known to begin there. */
typedef size_t (*mapped_insn_fn)(uint64_t offset, void *ctx);

/*
 * How the LEN bytes at file offset OFFSET are wherever the process maps them, when the file has BYTES there. INSN tells
 * where instructions begin: a breakpoint elsewhere is no probe.
 */
enum mapped_state mapped__compare(const struct mapped *mapped, uint64_t offset, const uint8_t *bytes, size_t len,
				  mapped_insn_fn insn, void *ctx);

void mapped__close(struct mapped *mapped); /* NULL is allowed */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapped: compares the code of an object with what a process really has in memory. If the code was changed in memory,
 * a probe would make the process execute the file's instruction instead of the changed one.
 */
#ifndef LPROF_MAPPED_H
#define LPROF_MAPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mapped;

/*
 * Finds all executable mappings of the inode DEV (0: of any device), INO in process PID. Returns 0 and a struct owned
 * by the caller, even if there is no such mapping, or -errno.
 */
int mapped__open(pid_t pid, unsigned long long dev, unsigned long long ino, struct mapped **out);

enum mapped_state {
	/* the same as the file, apart from probes of other tracers: the kernel allows several probes at one place */
	MAPPED_SAME,
	/* the same, but a breakpoint was found that may belong to a debugger, which traces the process */
	MAPPED_BREAKPOINT,
	MAPPED_CHANGED, /* anything else, or the memory cannot be read */
	MAPPED_GONE,	/* the process has ended */
	MAPPED_UNKNOWN, /* there is too little memory to find out */
};

/* Returns the length of the instruction that begins at file offset OFFSET, or 0 when none is known to begin there. */
typedef size_t (*mapped_insn_fn)(uint64_t offset, void *ctx);

/*
 * Compares the LEN bytes at file offset OFFSET, wherever the process maps them, with BYTES from the file. INSN tells
 * where instructions begin, because a breakpoint anywhere else is not a probe.
 */
enum mapped_state mapped__compare(const struct mapped *mapped, uint64_t offset, const uint8_t *bytes, size_t len,
				  mapped_insn_fn insn, void *ctx);

void mapped__close(struct mapped *mapped); /* NULL is allowed */

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_code: checks, just before probes are inserted, that the instructions at their places are still the expected
 * ones. A probe on any other instruction than the one it was planned for can make a process execute garbage.
 */
#ifndef LPROF_SITE_CODE_H
#define LPROF_SITE_CODE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"

struct site_code {
	uint64_t offset; /* in the object's file */
	uint8_t len;
	uint8_t bytes[15]; /* the instruction when the probe was planned */
};

/* Where the instructions are. All pointers are borrowed. */
struct site_code_place {
	const char *name; /* name of the object, for messages */
	const char *path; /* a path that opens its inode */
	unsigned long long dev, ino;
	const pid_t *pids; /* processes whose memory must contain the instructions, too */
	size_t n_pids;
};

/*
 * Checks that the N instructions are unchanged in the file and in the processes. Returns 0, -ESTALE when one has
 * changed, or another -errno; failures are reported to DIAG. A process that has ended is skipped.
 */
int site_code__check(const struct site_code_place *place, const struct site_code *sites, size_t n,
		     const struct diag *diag);

#endif

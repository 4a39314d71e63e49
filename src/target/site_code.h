/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_code: the instructions that are to carry probes, compared once more just before they get them. A probe on
 * anything else than the instruction for which it was planned can make a process execute nonsense.
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
	uint8_t bytes[15]; /* as they were when the probe was planned */
};

/* Where the instructions are. All is borrowed. */
struct site_code_place {
	const char *name; /* of the object, for messages */
	const char *path; /* opens its inode */
	unsigned long long dev, ino;
	const pid_t *pids; /* processes whose memory must hold them, too */
	size_t n_pids;
};

/*
 * Whether the N instructions are still as they were. Returns 0, -ESTALE when one is not, or another -errno; failures
 * are said in DIAG. A process that has ended does not count.
 */
int site_code__check(const struct site_code_place *place, const struct site_code *sites, size_t n,
		     const struct diag *diag);

#endif

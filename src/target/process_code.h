/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_code: the executable mappings of a process, and the files behind them. */
#ifndef LPROF_PROCESS_CODE_H
#define LPROF_PROCESS_CODE_H

#include <stdint.h>
#include <sys/types.h>

#include "files/target_files.h"

struct code_mapping {
	uint64_t start, end;
	uint64_t offset;  /* in the file, of what is at START */
	const char *name; /* by which the process knows the file; or a name like "[vdso]"; "" for none */
	const char *path; /* opens exactly this inode in our own view; NULL: there is no file, or no way to it */
	struct target_files *files;  /* the process's view of files */
	unsigned long long dev, ino; /* st_dev and st_ino of the file; 0 without PATH */
};

/*
 * Calls FN for each executable mapping of process PID, in order of address; stops at and returns its first value that
 * is not zero. What FN gets is borrowed until it returns. Otherwise 0, -ESRCH, -EPERM, -EACCES, -ENOMEM or another
 * -errno.
 */
int process_code__each(pid_t pid, int (*fn)(const struct code_mapping *mapping, void *ctx), void *ctx);

#endif

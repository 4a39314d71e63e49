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

/*
 * Whether the LEN bytes at file offset OFFSET are BYTES wherever the process maps them. Breakpoints
 * (probes of others) do not count as differences. False too when the memory cannot be read.
 */
bool mapped__same(const struct mapped *mapped, uint64_t offset, const uint8_t *bytes, size_t len);

void mapped__close(struct mapped *mapped); /* NULL is allowed */

#endif

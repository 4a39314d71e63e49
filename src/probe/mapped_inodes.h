/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mapped_inodes: which inode is behind a mapping, as the kernel's probes know it. */
#ifndef LPROF_MAPPED_INODES_H
#define LPROF_MAPPED_INODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct lprof_mapped_inode;

struct mapped_inodes {
	struct lprof_mapped_inode *items;
	size_t n;
};

/* Reads those of the mappings of all processes. 0 or -errno; OUT is to be released. */
int mapped_inodes__read(struct mapped_inodes *out);
void mapped_inodes__release(struct mapped_inodes *inodes);

/*
 * A number that is that of no other inode: of the one behind process PID's mapping that begins at address START. 0: it
 * is not known.
 */
uint64_t mapped_inodes__find(const struct mapped_inodes *inodes, pid_t pid, uint64_t start);

#endif

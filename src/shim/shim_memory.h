/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_memory: a program's mapping of the memory that it shares with the profiler, and its table in there. */
#ifndef LPROF_SHIM_MEMORY_H
#define LPROF_SHIM_MEMORY_H

#include <stddef.h>

#include "shim/lprof_shim.h"

struct shim_memory {
	struct lprof_shim_run *run;
	struct lprof_shim_table *table;
};

/*
 * Maps the file FD, which may be closed then, and takes a table. 0 or -errno. It stays mapped until
 * shim_memory__close() or the end of the process.
 */
int shim_memory__open(int fd, struct shim_memory *memory);
void shim_memory__close(struct shim_memory *memory);

/*
 * To be called in the child after a fork: takes another table. The parent's stays mapped, but can only be read. 0, or
 * -errno: then MEMORY has no table.
 */
int shim_memory__renew(struct shim_memory *memory);

/*
 * The place for a record of SIZE bytes, a multiple of 8, which are zero. NULL: there is no room. It is added by
 * shim_memory__add(), before another place is asked for.
 */
void *shim_memory__place(const struct shim_memory *memory, size_t size);
void shim_memory__add(struct shim_memory *memory, const struct lprof_shim_record *record);

#endif

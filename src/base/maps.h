/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maps: the memory mappings of a process, read from /proc/PID/maps. */
#ifndef LPROF_MAPS_H
#define LPROF_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uintptr_t lo, hi;
	uint64_t offset; /* offset in the file that is mapped at address LO */
	unsigned long long ino;
	bool exec, writable;
	bool shared; /* MAP_SHARED */
	char *name;  /* path, or a name like "[stack]"; the callback may modify the text */
};

/*
 * Calls FN for each mapping of PID, in order of address; stops at and returns the first non-zero value
 * of FN. Returns 0 at the end, -ESRCH when there is no such process, -EPERM, -EACCES or -ENOMEM.
 */
int maps__each(pid_t pid, int (*fn)(struct mapping *mapping, void *ctx), void *ctx);

/*
 * The same for TEXT, which is what such a file holds, and is changed by this. Lines of another form are left out.
 * Returns 0, or the first non-zero value of FN.
 */
int maps__parse(char *text, int (*fn)(struct mapping *mapping, void *ctx), void *ctx);

/*
 * Writes to LINK a path under /proc/PID/map_files that opens exactly the file behind MAPPING, even if that file was
 * replaced or deleted. Opening it needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
 */
#define MAPS_LINK_SIZE 96
void maps__link(pid_t pid, const struct mapping *mapping, char link[MAPS_LINK_SIZE]);

/* The process and the first address of the mapping that LINK, if it was written by maps__link(), is of; else false. */
bool maps__parse_link(const char *link, pid_t *pid, uintptr_t *lo);

#endif

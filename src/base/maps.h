/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps: what a process maps, from /proc/PID/maps.
 */
#ifndef LPROF_MAPS_H
#define LPROF_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mapping {
	uintptr_t lo, hi;
	uint64_t offset; /* of lo in the file */
	unsigned long long ino;
	bool exec;
	char *name; /* may be changed by who gets it */
};

/*
 * Calls FN for each mapping of PID, in order of address; stops at and returns the first non-zero value
 * of FN. Returns 0 at the end, -ESRCH when there is no such process, -EPERM, -EACCES or -ENOMEM.
 */
int maps__each(pid_t pid, int (*fn)(struct mapping *mapping, void *ctx), void *ctx);

/* The path that opens exactly the file behind MAPPING of PID (it needs the right to follow such links). */
#define MAPS_LINK_SIZE 96
void maps__link(pid_t pid, const struct mapping *mapping, char link[MAPS_LINK_SIZE]);

#endif

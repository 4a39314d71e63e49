/* SPDX-License-Identifier: GPL-2.0-or-later */
/* members: which processes belong to which programs of a run. A process belongs to its executable and to libraries. */
#ifndef LPROF_RUN_MEMBERS_H
#define LPROF_RUN_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct program;

/* Zeros at first. */
struct members {
	struct member *items;
	size_t n, capacity;
};

void members__release(struct members *members);

/* Process PID belongs to PROGRAM, which is borrowed. 0 or -ENOMEM. */
int members__add(struct members *members, pid_t pid, struct program *program);

bool members__has(const struct members *members, pid_t pid, const struct program *program);

/* Process PID belongs to nothing any more. */
void members__drop(struct members *members, pid_t pid);

/* Writes the programs that process PID belongs to, or did when it ended, to PROGRAMS, which has ROOM. Their number. */
size_t members__of(const struct members *members, pid_t pid, struct program **programs, size_t room);

/*
 * Forgets the processes that had ended at the last call already: what these had started has been told of meanwhile. To
 * be called a few times a second.
 */
void members__forget_ended(struct members *members);

#endif

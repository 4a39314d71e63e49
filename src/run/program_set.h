/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program_set: the programs of a run, and which processes belong to them. */
#ifndef LPROF_RUN_PROGRAM_SET_H
#define LPROF_RUN_PROGRAM_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "run/members.h"
#include "run/program.h"

/* Each program has probes, a process that holds them, and BPF programs that run at each context switch. */
#define MOST_PROGRAMS 16

/* Programs without probes, which may open libraries. */
#define MOST_BARE 32

/* Zeros at first. */
struct program_set {
	struct program **items;
	size_t n;
	struct members members;
	uint64_t ends_ns; /* when counting ends by itself, by the monotonic clock; 0: it does not */
};

void program_set__release(struct program_set *set);

/* Adds PROGRAM, which the set takes over. 0 or -ENOMEM. */
int program_set__add(struct program_set *set, struct program *program);

/* The same, and begins to count it in the process that it was planned for. 0 or -errno, with the program freed. */
int program_set__begin(struct program_set *set, struct program *program, const struct diag *diag);

/* Whether there is room for one more program, with phases or BARE. */
bool program_set__has_room(const struct program_set *set, bool bare);

/* The first program that has phases; NULL: there is none. */
struct program *program_set__first(const struct program_set *set);

/* Whether one of the programs has what -f names, or has counted some of it: as phases__is_certain(). */
bool program_set__is_certain(const struct program_set *set);

/* The program, not library, whose file is that of LIKE; NULL: there is none. */
struct program *program_set__find(const struct program_set *set, const struct program *like);

/* Process PID, which is held, belongs to PROGRAM as well, unless it does already. 0 or -errno. */
int program_set__join(struct program_set *set, struct program *program, pid_t pid);

/* Process PID, which PARENT has forked, belongs to what that one does. 0 or -errno, -ESRCH when that is nothing. */
int program_set__join_parent(struct program_set *set, pid_t pid, pid_t parent);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs: all programs of a run. At first there is one: that of the command, of the processes of -p, or none in
 * particular. What the command starts, and these in turn, is added while it runs: a process that executes another
 * program is held until that is planned and probed, and so is a child of one that has probes. Each program has phases,
 * and so probes and counters, of its own; their profiles are merged.
 */
#ifndef LPROF_RUN_PROGRAMS_H
#define LPROF_RUN_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/diag.h"
#include "options/options.h"
#include "profile/profile.h"
#include "target/target_equipment.h"

struct programs;

/*
 * Finds and plans what is to be profiled; nothing is attached. Where the command has nothing of it but may start what
 * has, that is said and is no failure. OPTIONS are borrowed. 0, or -errno reported to DIAG.
 */
int programs__new(const struct options *options, const struct diag *diag, struct programs **out);
void programs__free(struct programs *programs); /* ends as well; NULL is allowed */

/* As phases__equip(), for the command itself. */
int programs__equip(struct programs *programs, struct target_equipment *equipment, const struct diag *diag);

/* As phases__begin(). With a command, there is one process, which will execute it. */
int programs__begin(struct programs *programs, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		    const struct diag *diag);

/* As phases__end() and phases__tick(). */
int programs__end(struct programs *programs, const struct diag *diag);
int programs__tick(struct programs *programs, const struct diag *diag);

/* As phases__wake_fd() and phases__wake(). */
int programs__wake_fd(const struct programs *programs);
void programs__wake(struct programs *programs, const struct diag *diag);

/* Whether a process other than ROOT that is profiled has not ended; their number. */
size_t programs__n_left(struct programs *programs, pid_t root);

/* The path of the cgroup of --cgroup; NULL: there is none. Borrowed. */
const char *programs__cgroup(const struct programs *programs);

/* 0, or -ENOENT when no program has had what -f names, which is said in DIAG then. */
int programs__check(const struct programs *programs, const struct diag *diag);

/* As those of phases. */
bool programs__is_searching(const struct programs *programs);
struct profile_budget programs__budget(const struct programs *programs);
int programs__list(struct programs *programs, FILE *out);
int programs__dump(struct programs *programs, FILE *out);

/*
 * Adds what has been counted and sampled until now to *PROFILE, whose clock, duration, command and process IDs are set;
 * with several programs, *PROFILE is replaced. 0 or -errno.
 */
int programs__collect(struct programs *programs, struct profile **profile);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phases: what is done one after the other in a profiling run. When the user has named functions there is one phase:
 * their lines are counted from the beginning to the end. Otherwise samples are taken from the beginning to the end, and
 * for a while in between, lines of the functions that have turned out to be the hottest are counted.
 */
#ifndef LPROF_PHASES_H
#define LPROF_PHASES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/diag.h"
#include "options/options.h"
#include "profile/profile.h"
#include "target/target_equipment.h"

struct phases;

struct phases_config {
	const struct options *options; /* borrowed until phases__free() */
	pid_t executed; /* a process that has executed the options' command, and has not run it yet; 0: nobody has */
	bool library;	/* as in prepare_request */
	bool optional;	/* functions that -f names may be missing, as long as there is one of them */
	bool growing;	/* processes may be added, see phases__adopt() */
	struct target_objects *known; /* as in prepare_request, borrowed during phases__new() */
};

/*
 * Finds and plans what is to be profiled; nothing is attached. 0, or -errno reported to DIAG; -ENOENT when there is
 * nothing of what -f names, which is not reported if that is OPTIONAL; -ENOTSUP when that cannot be profiled.
 */
int phases__new(const struct phases_config *config, const struct diag *diag, struct phases **out);
void phases__free(struct phases *phases); /* ends as well; NULL is allowed */

/* As profiler__equip(), of the first phase. */
int phases__equip(struct phases *phases, struct target_equipment *equipment, const struct diag *diag);

/*
 * Attaches to the processes PIDS (none: to all), which are borrowed, and begins. Counting ends by itself after
 * DURATION_NS, unless that is 0. 0, or -errno that was reported to DIAG.
 */
int phases__begin(struct phases *phases, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		  const struct diag *diag);

/* Counts in process PID, which should not run meanwhile, as well. 0, or -errno, of which nothing is said. */
int phases__adopt(struct phases *phases, pid_t pid);

/* Process PID has executed the program of these phases, which it may have run before. */
void phases__executed(struct phases *phases, pid_t pid);

/*
 * The processes that have not ended are PIDS now, which are borrowed until the next call: a phase that begins later is
 * of these. NULL: as at the beginning.
 */
void phases__set_alive(struct phases *phases, const pid_t *pids, size_t n_pids);

/* Takes out what is attached. 0, or -EPIPE as from phases__tick(). */
int phases__end(struct phases *phases, const struct diag *diag);

/*
 * To be called a few times a second between begin and end: begins the next phase when it is time to. 0, -EPIPE when the
 * probes are out because the process that held them was killed, or another -errno that was reported to DIAG.
 */
int phases__tick(struct phases *phases, const struct diag *diag);

/*
 * A descriptor that is readable when phases__wake() is to be called; -1: there is none. It may be another one after
 * each tick.
 */
int phases__wake_fd(const struct phases *phases);
void phases__wake(struct phases *phases, const struct diag *diag);

/* Whether functions are being looked for, or there are samples only. */
bool phases__is_searching(const struct phases *phases);

/* As profiler__is_certain() and profiler__was_certain(). */
bool phases__is_certain(const struct phases *phases);
bool phases__was_certain(const struct phases *phases);

/* As profiler__budget(). */
struct profile_budget phases__budget(const struct phases *phases);

/* Adds what has been counted and sampled until now to PROFILE, whose duration is set. 0 or -errno. */
int phases__collect(struct phases *phases, struct profile *profile);

/* As profiler__list() and profiler__dump(). */
int phases__list(struct phases *phases, FILE *out);
int phases__dump(struct phases *phases, FILE *out);

#endif

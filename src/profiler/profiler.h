/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profiler: the front-ends of one run and the session that they share.
 *
 * Life cycle: list_names alone; or prepare, then either list, or attach, collect as often as wanted, detach, collect;
 * close.
 */
#ifndef LPROF_PROFILER_H
#define LPROF_PROFILER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "profile/profile.h"
#include "profiler/throttle.h"
#include "target/selector.h"
#include "target/target.h"
#include "target/target_equipment.h"

struct frontend;
struct stack_sampler;

struct profiler_request {
	const struct frontend *const *frontends; /* in the order in which they look at the objects */
	size_t n_frontends;
	const struct target_objects *objects;	   /* where to look for functions */
	const struct target_objects *interpreters; /* where to look for interpreters */
	const struct selector *const *selectors;   /* borrowed until the profiler is closed */
	size_t n_selectors;
	bool optional;	   /* selectors that select nothing are passed over */
	const pid_t *pids; /* the processes that are running already; none for a command or for all */
	size_t n_pids;
	char *const *command;		     /* what will be started; NULL: nothing */
	bool executed;			     /* it has been: it has not run yet */
	bool growing;			     /* processes may be added, see profiler__adopt() */
	bool one_object;		     /* the user named the object: it must have debug information */
	bool every_line, all_jumps, samples; /* as in frontend_request */
	enum profile_clock clock;
	enum profile_by by;
	struct stack_sampler *sampler;	       /* takes samples of the stacks meanwhile; borrowed; NULL: nobody does */
	struct throttle_budget budget;	       /* what all that may take */
	bool empty_probe;		       /* attach a BPF program that does nothing: for benchmarks */
	const struct source_dirs *source_dirs; /* borrowed until the profiler is closed */
};

struct profiler;

/*
 * Writes the names of the functions that can be profiled in the request's objects, of all or, if there are selectors,
 * of those that they match. 0 or -errno that was reported to DIAG.
 */
int profiler__list_names(const struct profiler_request *request, const struct diag *diag, FILE *out);

/* Finds and plans the functions; nothing is attached. 0 and *out, or -errno that was reported to DIAG. */
int profiler__prepare(const struct profiler_request *request, const struct diag *diag, struct profiler **out);

/* Writes the functions with their lines, sites and predicted cost per call. 0 or -errno. */
int profiler__list(struct profiler *profiler, FILE *out);

/* Whether a front-end has found what is selected, or has counted some of it: see is_certain in frontend.h. */
bool profiler__is_certain(const struct profiler *profiler);

/* Whether that was so when it was prepared. Otherwise nothing is put into the processes themselves. */
bool profiler__was_certain(const struct profiler *profiler);

/*
 * Adds to EQUIPMENT what the command must be given when it is started; lives until profiler__close(). 0 or -errno that
 * was reported to DIAG.
 */
int profiler__equip(struct profiler *profiler, struct target_equipment *equipment, const struct diag *diag);

/*
 * Attaches for the processes PIDS, or for all when there are none, and begins to count. Counting lasts for DURATION_NS,
 * or until profiler__detach() if that is 0. 0 or -errno that was reported to DIAG.
 */
int profiler__attach(struct profiler *profiler, const pid_t *pids, size_t n_pids, uint64_t duration_ns,
		     const struct diag *diag);

/* Counts in process PID as well, which should not run meanwhile, until the end. 0 or -errno, as session__adopt(). */
int profiler__adopt(struct profiler *profiler, pid_t pid);

/* Process PID has executed the program of the profiler, which it may have run before. */
void profiler__executed(struct profiler *profiler, pid_t pid);

/* Stops counting and takes the probes out. 0, or -EPIPE as from profiler__adjust(). */
int profiler__detach(struct profiler *profiler, const struct diag *diag);

/*
 * To be called a few times a second between attach and detach. 0; -EPIPE when the probes are out because the process
 * that held them was killed; or another -errno.
 */
int profiler__adjust(struct profiler *profiler);

/* After attach: a descriptor that is readable when profiler__wake() is to be called; -1: there is none. */
int profiler__wake_fd(const struct profiler *profiler);
void profiler__wake(struct profiler *profiler, const struct diag *diag);

/*
 * After detach: reads the counters for the last time. To be called at once if the target goes on for long before the
 * profile is collected: calls that are under way are charged with what their threads have done since. 0 or -errno.
 */
int profiler__keep(struct profiler *profiler);

/* What profiling may take and has taken of the targets; zeros where nothing limits it. Quick, unlike collecting. */
struct profile_budget profiler__budget(const struct profiler *profiler);

/* Adds what has been counted since attach to PROFILE. 0 or -errno. */
int profiler__collect(struct profiler *profiler, struct profile *profile);

/* For tests: rows "object<TAB>address<TAB>executions", one per native instruction. 0 or -errno. */
int profiler__dump(struct profiler *profiler, FILE *out);

void profiler__close(struct profiler *profiler); /* detaches as well; NULL is allowed */

#endif

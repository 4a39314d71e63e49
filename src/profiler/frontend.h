/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frontend: the operations by which a kind of program (native code, an interpreter) is profiled. A front-end fills a
 * profile; it knows nothing of reports or of the command line. All front-ends of a run share one session; see
 * profiler.h.
 *
 * Life cycle: list_names alone; or find, may_match for each selector that matched nothing, plan; then either list, or
 * equip, configure, attach, and collect as often as wanted while probes are in and after they
 * are out; close. Each step is done for all front-ends of a run before the next step. Between find and plan, the
 * prices of probes are calibrated for the front-ends that have found something.
 *
 * A new front-end is a folder whose one `struct frontend` is added to the table in run/prepare.c.
 */
#ifndef LPROF_FRONTEND_H
#define LPROF_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/diag.h"
#include "files/source_dirs.h"
#include "probe/calibration.h"
#include "probe/estimate.h"
#include "probe/session.h"
#include "profile/profile.h"
#include "profiler/throttle.h"
#include "sample/sample_reader.h"
#include "target/selector.h"
#include "target/target.h"
#include "target/target_equipment.h"

/* Which of an object's functions the front-ends that come later are to find. */
enum frontend_search {
	FRONTEND_ANY,	/* all that are selected */
	FRONTEND_NAMED, /* only those that a name selects, and no pattern: the object belongs to an interpreter */
	FRONTEND_NONE,	/* none: the object is the interpreter, and the user did not name it */
};

struct frontend_request {
	const struct target_objects *objects;	   /* where to look for functions */
	const struct target_objects *interpreters; /* where to look for interpreters */
	const struct selector *const *selectors;   /* they live as long as the front-end */
	size_t n_selectors;
	bool *matched; /* for each selector: find sets it if the selector matches; only find may use it */
	enum frontend_search *search; /* for each object: find may restrict later front-ends; only find may use it */
	/* The processes that are running already; none for a command or for all. They live as long as the front-end. */
	const pid_t *pids;
	size_t n_pids;
	char *const *command; /* what will be started; NULL: nothing */
	bool executed;	      /* it has been already, without any equipment, and has not run yet */
	bool one_object;      /* the user named the object: it must have debug information */
	bool every_line;
	/* What profiling takes of the targets is to stay within this budget; none if it is of 0 per cent. */
	struct throttle_budget budget;
	bool all_jumps; /* a probe on every conditional jump, though fewer would tell all counts */
	bool samples;	/* samples can time functions of which nothing can be counted */
	const struct source_dirs *source_dirs; /* they live as long as the front-end */
};

/* What was measured, and how it is to be reported. */
struct frontend_measurement {
	const struct counters *counters;
	struct estimate_run run;     /* what the counters say of the probes' cost */
	struct estimate_scale scale; /* how the calibrated prices are to be corrected in this run */
	enum profile_clock clock;
	bool apart;			     /* the counters of processes or threads are kept apart */
	const struct throttle *throttle;     /* which has put probes in and out; NULL: they are all in all the time */
	const struct stack_sampler *sampler; /* NULL: no stacks were sampled */
};

struct frontend {
	const char *name;

	const struct session_kind *kind; /* of its probes; NULL: it has none */

	/*
	 * How the cost of its BPF programs is calibrated; NULL: it follows from the prices of the probed instructions.
	 */
	const struct calibration_kind *calibrated;

	/*
	 * Finds what is selected. Returns 0 and *state, which is NULL when there is nothing for this front-end to do;
	 * or -errno that was reported to DIAG.
	 */
	int (*find)(const struct frontend_request *request, const struct diag *diag, void **state);

	/*
	 * Plans where probes are to be in what was found; nothing is attached. CALIBRATION and RATIOS live as long as
	 * the front-end; RATIOS are those of the kind `calibrated`. 0 or -errno that was reported to DIAG.
	 */
	int (*plan)(void *state, const struct calibration *calibration, const uint32_t *ratios,
		    const struct diag *diag);

	/*
	 * Called for a selector of REQUEST that has matched nothing. Returns 0 when it may still match later, 1 when
	 * this front-end cannot tell, -ENOENT when the reason why it does not match was reported to DIAG, -ENOTSUP when
	 * the program is the one that is meant but cannot be profiled, likewise, and -ENODATA when only the request's
	 * samples can, of which a note was given. STATE is as find has left it, so it may be NULL.
	 */
	int (*may_match)(void *state, const struct frontend_request *request, const struct selector *selector,
			 const struct diag *diag);

	/*
	 * Writes the names of the functions that can be profiled in REQUEST's objects, of all or, if there are
	 * selectors, of those that they match; needs no find. 0 or -errno that was reported to DIAG. NULL: the
	 * functions are known only when they run.
	 */
	int (*list_names)(const struct frontend_request *request, const struct diag *diag, FILE *out);

	/* Writes the functions with their lines, sites and predicted cost per call. 0 or -errno. */
	int (*list)(void *state, FILE *out);

	/*
	 * Adds to EQUIPMENT what the command must be given to be profiled with this clock, with counters kept apart by
	 * BY; called before the command is started. What it names lives until close. EQUIPMENT is NULL for processes
	 * that run already. 0 or -errno that was reported to DIAG. NULL: nothing.
	 */
	int (*equip)(void *state, enum profile_clock clock, enum profile_by by, struct target_equipment *equipment,
		     const struct diag *diag);

	/*
	 * Fills PART with what the front-end wants of the session that CONFIG is for; leaves it as it is when there is
	 * nothing to probe. The part's data live until attach has returned, CONFIG's processes as long as the session.
	 */
	void (*configure)(void *state, const struct session_config *config, struct session_part *part);

	/* Attaches its probes. 0 or -errno that was reported to DIAG. */
	int (*attach)(void *state, struct session *session, const struct diag *diag);

	/*
	 * Instead of that, in a session with a budget: makes its objects known to SESSION and its bodies to THROTTLE,
	 * which then puts their probes in and out. NULL: its probes are attached, and are not bounded.
	 */
	int (*submit)(void *state, struct session *session, struct throttle *throttle, const struct diag *diag);

	/* To be called a few times a second while probes are in; NULL: there is nothing to do. */
	void (*adjust)(void *state);

	/* Process PID, which is profiled too from now on, has executed the program; NULL: there is nothing to do. */
	void (*executed)(void *state, pid_t pid);

	/* Called when counting ends, before the probes are taken out; NULL: there is nothing to do. */
	void (*stop)(void *state);

	/*
	 * wake_fd() returns a descriptor to wait for while probes are in, or -1. wake() is called when this descriptor,
	 * or that of another front-end, is readable. Both may be NULL.
	 */
	int (*wake_fd)(void *state);
	void (*wake)(void *state);

	/*
	 * Whether it has found, or counted, something of what is selected. False: a program that the command starts may
	 * have it. NULL: what it finds is certain.
	 */
	bool (*is_certain)(void *state);

	/* Reads interpreted frames of sampled stacks; NULL: it has none. Independent of the other operations. */
	const struct sample_reader_ops *samples;

	/* Adds to RUN what its edges tell of the cost of probes; NULL: they tell nothing. 0 or -ENOMEM. */
	int (*weigh)(void *state, const struct counters *counters, struct estimate_run *run);

	/* Adds its functions to PROFILE. 0 or -errno. */
	int (*collect)(void *state, const struct frontend_measurement *measurement, struct profile *profile);

	/* For tests: rows "object<TAB>address<TAB>executions", one per instruction; NULL: it has none. 0 or -errno. */
	int (*dump)(void *state, const struct frontend_measurement *measurement, FILE *out);

	void (*close)(void *state); /* called when the session is closed */
};

/* The owner of counters, as a profile names it. */
static inline struct profile_owner frontend__owner(const struct counters_owner *owner)
{
	struct profile_owner who = {.pid = (int)owner->who.tgid, .tid = (int)owner->who.tid};

	memcpy(who.comm, owner->who.comm, sizeof(owner->who.comm));
	return who;
}

#endif

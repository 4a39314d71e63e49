/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frontend: the operations by which a kind of program (native code, an interpreter's) is profiled. A
 * front-end fills a profile; it knows nothing of reports or of the command line. All those of a run share
 * one session, see profiler.h.
 *
 * Life cycle: list_names alone; or prepare; then list, or configure, attach, collect as often as wanted, and
 * again once probes are out; close.
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
#include "probe/calibrate.h"
#include "probe/estimate.h"
#include "probe/session.h"
#include "profile/profile.h"
#include "target/selector.h"
#include "target/target.h"

/* What of an object's functions is to be found. */
enum frontend_search {
	FRONTEND_ANY,	/* what is selected */
	FRONTEND_NAMED, /* not what only a pattern selects: the object belongs to an interpreter */
	FRONTEND_NONE,	/* it is the interpreter, and the user did not name it */
};

struct frontend_request {
	const struct target_objects *objects;	   /* where to look for functions */
	const struct target_objects *interpreters; /* ... and for interpreters */
	const struct selector *const *selectors;   /* they live as long as the front-end */
	size_t n_selectors;
	bool *matched;		      /* by selector: set where it selects something */
	enum frontend_search *search; /* by object; another front-end may have restricted it */
	/* The processes that are running already; none for a command or for all. They live as long as the front-end. */
	const pid_t *pids;
	size_t n_pids;
	bool one_object; /* the user named the object: it must have debug information */
	bool every_line;
	const struct source_dirs *source_dirs; /* they live as long as the front-end */
	const struct calibration *calibration; /* lives as long as the front-end; an interpreter's finds it empty yet */
};

/* What was measured, and how it is to be reported. */
struct frontend_measurement {
	const struct counters *counters;
	struct estimate_run run;     /* what they say of the probes */
	struct estimate_scale scale; /* of the calibrated prices, in this run */
	enum profile_clock clock;
};

struct frontend {
	const char *name;

	/*
	 * Finds and plans what is selected; nothing is attached. 0 and *state, NULL when there is nothing for this
	 * front-end to do; or -errno that was said in DIAG.
	 */
	int (*prepare)(const struct frontend_request *request, const struct diag *diag, void **state);

	/*
	 * Of a selector of REQUEST that nothing has matched: 0 when it still may, 1 when that is not for this
	 * front-end to say, -ENOENT when it was said in DIAG why it does not. STATE: as prepare has left it, NULL too.
	 */
	int (*may_match)(void *state, const struct frontend_request *request, const struct selector *selector,
			 const struct diag *diag);

	/*
	 * Writes the names of the functions that can be profiled in REQUEST's objects, of all or, if there are
	 * selectors, of those that they match; needs no prepare. 0 or -errno that was said in DIAG. NULL: the
	 * functions are known only when they run.
	 */
	int (*list_names)(const struct frontend_request *request, const struct diag *diag, FILE *out);

	/* Writes the functions with their lines, sites and predicted cost per call. 0 or -errno. */
	int (*list)(void *state, FILE *out);

	/* Sets its part of CONFIG, which borrows it until the session is closed. */
	void (*configure)(void *state, struct session_config *config);

	/* Attaches its probes. 0 or -errno that was said in DIAG. */
	int (*attach)(void *state, struct session *session, const struct diag *diag);

	/* To be called a few times a second while probes are in; NULL: there is nothing to do. */
	void (*adjust)(void *state);

	/* A descriptor, and what is to be called when it is readable; -1: nothing. NULL: nothing. */
	int (*wake_fd)(void *state);
	void (*wake)(void *state);

	/* Adds to RUN what its edges tell of the probes; NULL: nothing. */
	void (*weigh)(void *state, const struct counters *counters, struct estimate_run *run);

	/* Adds its functions to PROFILE. 0 or -errno. */
	int (*collect)(void *state, const struct frontend_measurement *measurement, struct profile *profile);

	/* For tests: rows "object<TAB>address<TAB>executions", one per instruction; NULL: it has none. 0 or -errno. */
	int (*dump)(void *state, const struct frontend_measurement *measurement, FILE *out);

	void (*close)(void *state); /* once the session is closed */
};

/* Whose figures an owner's are. */
static inline struct profile_owner frontend__owner(const struct counters_owner *owner)
{
	struct profile_owner who = {.pid = (int)owner->who.tgid, .tid = (int)owner->who.tid};

	memcpy(who.comm, owner->who.comm, sizeof(owner->who.comm));
	return who;
}

extern const struct frontend native_frontend;
extern const struct frontend python_frontend;

#endif

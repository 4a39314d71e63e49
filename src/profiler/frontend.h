/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frontend: the operations by which a kind of program (native code, an interpreter's) is profiled. A
 * front-end fills a profile; it knows nothing of reports or of the command line. All those of a run share
 * one session, see profiler.h.
 *
 * Life cycle: list_names alone; or find, may_match for what nothing has matched, and plan; then list, or configure,
 * attach, collect as often as wanted, and again once probes are out; close. Each step is done for all front-ends of a
 * run before the next one. Between finding and planning, the prices of the probes of what was found are measured.
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
#include "target/selector.h"
#include "target/target.h"

/* Which of an object's functions the front-ends that come later are to find. */
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
	bool *matched;		      /* by selector: set where it selects something; only find may use it */
	enum frontend_search *search; /* by object: earlier front-ends may have restricted it; only find may use it */
	/* The processes that are running already; none for a command or for all. They live as long as the front-end. */
	const pid_t *pids;
	size_t n_pids;
	bool one_object; /* the user named the object: it must have debug information */
	bool every_line;
	const struct source_dirs *source_dirs; /* they live as long as the front-end */
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

	const struct session_kind *kind; /* of its probes */

	/* How what its BPF programs take is measured; NULL: the prices of the probes' instructions say it all. */
	const struct calibration_kind *calibrated;

	/*
	 * Finds what is selected. 0 and *state, NULL when there is nothing for this front-end to do; or -errno that
	 * was said in DIAG.
	 */
	int (*find)(const struct frontend_request *request, const struct diag *diag, void **state);

	/*
	 * Plans where probes are to be in what was found; nothing is attached. CALIBRATION and RATIOS live as long as
	 * the front-end; RATIOS are those of the kind `calibrated`. 0 or -errno that was said in DIAG.
	 */
	int (*plan)(void *state, const struct calibration *calibration, const uint32_t *ratios,
		    const struct diag *diag);

	/*
	 * Of a selector of REQUEST that nothing has matched: 0 when it still may, 1 when that is not for this
	 * front-end to say, -ENOENT when it was said in DIAG why it does not. STATE: as find has left it, NULL too.
	 */
	int (*may_match)(void *state, const struct frontend_request *request, const struct selector *selector,
			 const struct diag *diag);

	/*
	 * Writes the names of the functions that can be profiled in REQUEST's objects, of all or, if there are
	 * selectors, of those that they match; needs no find. 0 or -errno that was said in DIAG. NULL: the
	 * functions are known only when they run.
	 */
	int (*list_names)(const struct frontend_request *request, const struct diag *diag, FILE *out);

	/* Writes the functions with their lines, sites and predicted cost per call. 0 or -errno. */
	int (*list)(void *state, FILE *out);

	/*
	 * Says in PART what it wants of the session that CONFIG is for; leaves it as it is when there is nothing to
	 * probe. The part's data live until attach has returned, CONFIG's processes as long as the session.
	 */
	void (*configure)(void *state, const struct session_config *config, struct session_part *part);

	/* Attaches its probes. 0 or -errno that was said in DIAG. */
	int (*attach)(void *state, struct session *session, const struct diag *diag);

	/* To be called a few times a second while probes are in; NULL: there is nothing to do. */
	void (*adjust)(void *state);

	/*
	 * A descriptor to wait for once probes are in, or -1; and what to call when it, or another front-end's, is
	 * readable. NULL, both: there is none.
	 */
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

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prepare: finds the objects that the command line means, and makes a profiler that is ready to attach. This is the
 * only place that names the front-ends.
 */
#ifndef LPROF_PREPARE_H
#define LPROF_PREPARE_H

#include "base/diag.h"
#include "options/options.h"
#include "profiler/profiler.h"
#include "sample/stack_sampler.h"
#include "target/target.h"

/* All front-ends that there are. Sets *N to their number. */
const struct frontend *const *prepare__frontends(size_t *n);

struct prepare_request {
	const struct options *options;
	const struct selector *const
		*selectors; /* borrowed until the profiler is closed; none: only samples are taken */
	size_t n_selectors;
	bool optional;	   /* selectors that select nothing are passed over */
	bool samples;	   /* functions that can be sampled only end the preparation with -ENODATA and a note */
	const pid_t *pids; /* what runs already, also the command once it has begun; borrowed likewise */
	size_t n_pids;
	pid_t executed; /* instead: a process that has executed the options' command, and has not run it yet; 0: none */
	bool library;	/* the options' file is a library, and is searched for native functions only */
	bool growing;	/* processes may be added, see profiler__adopt() */
	struct target_objects *known;  /* the target's objects are added to these; NULL: nobody wants to know them */
	struct stack_sampler *sampler; /* likewise; NULL: no samples of stacks */
};

/* Finds and plans what is selected; nothing is attached. 0 and a profiler, or -errno that was reported to DIAG. */
int prepare__profiler(const struct prepare_request *request, const struct diag *diag, struct profiler **out);

/*
 * Makes the sampler of the stacks of what the options mean, owned by the caller, and adds to the objects that are
 * known. Of REQUEST, only these, the options and the processes matter. 0 or -errno that was reported to DIAG.
 */
int prepare__sampler(const struct prepare_request *request, const struct diag *diag, struct stack_sampler **out);

/* Finds the objects that -p, -x and COMMAND say to look for functions in. 0 or -errno that was reported to DIAG. */
int prepare__objects(const struct options *options, const struct diag *diag, struct target_objects *objects);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stack_sampler: takes the samples of the threads' stacks that the BPF program sends, and keeps them as a tree of
 * calls. It outlives the sessions of a run: what was sampled in one of them is added to what was sampled before.
 */
#ifndef LPROF_STACK_SAMPLER_H
#define LPROF_STACK_SAMPLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"
#include "probe/session.h"
#include "profile/profile.h"
#include "profile/stacks.h"
#include "sample/own_samples.h"
#include "sample/sample_reader.h"
#include "target/target.h"

struct stack_sampler;

struct stack_sampler_config {
	/* Objects that the target will map: their rules are prepared before it runs. Borrowed during the call. */
	const struct target_objects *expected;
	/* Only processes that map this object are sampled; NULL: all that the session is of. Borrowed likewise. */
	const struct target_object *only;
	const struct sample_reader_ops *reader; /* of interpreted frames; NULL: nobody reads them */
	bool natives;				/* as `new` of the reader has it */
	enum profile_by by;
	enum profile_clock clock; /* PROFILE_CLOCK_CPU: only threads that run are sampled */
};

/* 0 and a sampler that the caller owns, or -ENOMEM. */
int stack_sampler__new(const struct stack_sampler_config *config, struct stack_sampler **out);
void stack_sampler__free(struct stack_sampler *sampler); /* NULL is allowed */

/* How many rules for walking stacks a session should have room for. */
uint32_t stack_sampler__rows(const struct stack_sampler *sampler);

/*
 * Begins to take samples of SESSION, of whose processes PIDS are running already. To be called before the session is
 * started. 0 or -errno, reported to DIAG.
 */
int stack_sampler__begin(struct stack_sampler *sampler, const struct session *session, const pid_t *pids, size_t n_pids,
			 const struct diag *diag);

/* Takes what is left, and forgets the session, which can then be closed. */
void stack_sampler__end(struct stack_sampler *sampler);

/* Between begin and end: readable when stack_sampler__take() should be called at once; call it often anyway. */
int stack_sampler__fd(const struct stack_sampler *sampler);
void stack_sampler__take(struct stack_sampler *sampler);

/*
 * With IGNORE, samples are left out from now on: while probes are in, code around them looks slower than it is, and a
 * run that has samples of other times does better without these.
 */
void stack_sampler__ignore(struct stack_sampler *sampler, bool ignore);

/*
 * What was sampled until now, with the names and lines of all frames, owned by the caller. 0 or -ENOMEM.
 */
int stack_sampler__stacks(struct stack_sampler *sampler, struct stacks **out);

/*
 * Gathers the samples of the object with st_dev DEV and st_ino INO that were taken until now. DEV of 0: it is seen
 * through several mounts. To be released in any case. 0 or -ENOMEM.
 */
int stack_sampler__own(const struct stack_sampler *sampler, unsigned long long dev, unsigned long long ino,
		       struct own_samples *own);

/*
 * Calls FN with the file and line of all code of the function WHAT that debug information knows, some of them more than
 * once; stops at its first value that is not zero, and returns it. 0 or -ENOMEM.
 */
int stack_sampler__each_line(const struct stack_sampler *sampler, const struct stack_function *what,
			     int (*fn)(const char *file, uint32_t line, void *ctx), void *ctx);

/* Whether OBJECT, named as in the stacks, is what the sampler is restricted to; true if it is not restricted. */
bool stack_sampler__is_meant(const struct stack_sampler *sampler, const char *object);

/* The view of files of those who map OBJECT, which is named as in the stacks. Borrowed; NULL: not known. */
const struct target_files *stack_sampler__files(const struct stack_sampler *sampler, const char *object);

/* How many samples were taken until now. */
uint64_t stack_sampler__count(const struct stack_sampler *sampler);

/* Whether a process was seen that matters: if only one object does, one that maps it. */
bool stack_sampler__found(const struct stack_sampler *sampler);

#endif

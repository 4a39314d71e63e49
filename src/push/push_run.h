/* SPDX-License-Identifier: GPL-2.0-or-later */
/* push_run: sends what one run has counted to a store, as it grows. */
#ifndef LPROF_PUSH_RUN_H
#define LPROF_PUSH_RUN_H

#include <stdint.h>

#include "base/diag.h"
#include "profile/profile.h"
#include "push/push.h"
#include "push/push_url.h"

/* Environment variables for secrets, because every user can read the command line of a process: a bearer token. */
#define PUSH_TOKEN "LPROF_BPF_PUSH_TOKEN"
/* The password of the user named in the URL. */
#define PUSH_PASSWORD "LPROF_BPF_PUSH_PASSWORD"

/* How often profiles are sent if -i is not given. */
#define PUSH_INTERVAL_SECONDS 10

struct push_run;

/*
 * Prepares to send to URL. Reads token and password from the environment and removes them there, so that a command
 * started later does not inherit them; the password is stored in URL. URL, SPOOL (NULL: PUSH_SPOOL) and DIAG are
 * borrowed. Returns 0 and *out, owned by the caller; -EINVAL when token or password cannot be used (reported to DIAG);
 * or -ENOMEM.
 */
int push_run__new(struct push_url *url, const char *spool, const struct diag *diag, struct push_run **out);

/* What is profiled. All is borrowed during push_run__start(). */
struct push_target {
	char *const *command; /* NULL: there is none */
	const int *pids;
	size_t n_pids;
	const char *cgroup; /* that all processes are in; NULL: there is none */
	const char *file;   /* NULL: there is none */
};

/*
 * Starts the sending thread; counting begins now. The name of the profiles in the store is the service in the URL, else
 * the name of the command, else of the first process, else of the cgroup's unit, container or itself, else of the file.
 * The label "pid" is set if there is exactly one process. A cgroup that is not the root is named by a label, and so are
 * the container, the pod and the unit that it is of. Returns 0 or -errno, reported to DIAG.
 */
int push_run__start(struct push_run *run, const struct push_target *target, enum profile_clock clock);

/*
 * Queues what NOW has counted beyond the profiles sent before, unless that is nothing. Returns 0, -ENOMEM, or another
 * -errno of pprof__encode().
 */
int push_run__send(struct push_run *run, const struct profile *now);

/*
 * Calls push__close(), so it must be called while the signals are still blocked, and releases RUN. NULL is allowed,
 * and so is a run that was never started.
 */
void push_run__free(struct push_run *run);

#endif

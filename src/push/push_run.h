/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * push_run: the profiles of one run, sent to a store as they grow.
 */
#ifndef LPROF_PUSH_RUN_H
#define LPROF_PUSH_RUN_H

#include <stdint.h>

#include "base/diag.h"
#include "profile/profile.h"
#include "push/push.h"
#include "push/push_url.h"

/* Environment variables with what is not for the command line, where others could read it: a bearer token ... */
#define PUSH_TOKEN "LPROF_BPF_PUSH_TOKEN"
/* ... or the password of the user whom the URL names. */
#define PUSH_PASSWORD "LPROF_BPF_PUSH_PASSWORD"

/* How often profiles are sent if nothing else is asked for. */
#define PUSH_INTERVAL_SECONDS 10

struct push_run;

/*
 * Takes the token and the password out of the environment, so that a command started later does not inherit them, gives
 * URL the password, and prepares to send. URL, SPOOL (NULL: PUSH_SPOOL) and DIAG are borrowed. 0 and *out, owned by the
 * caller, -EINVAL when token or password are not usable (said in DIAG), or -ENOMEM.
 */
int push_run__new(struct push_url *url, const char *spool, const struct diag *diag, struct push_run **out);

/*
 * From now on is counted: starts the thread. Profiles will be called what the URL says, else after COMMAND (NULL:
 * there is none), else the first of the N processes PIDS, else FILE. The label pid is that of a single process. 0 or
 * -errno that was said in DIAG.
 */
int push_run__start(struct push_run *run, char *const *command, const int *pids, size_t n_pids, const char *file,
		    enum profile_clock clock);

/*
 * Sends what NOW has counted and the profiles before it have not, if there is anything. 0 or -ENOMEM, or another
 * -errno of pprof__encode().
 */
int push_run__send(struct push_run *run, const struct profile *now);

/* As push__close(); before the signals are unblocked. NULL, and one that was never started, are allowed. */
void push_run__free(struct push_run *run);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitoring_running: the Python programs of a run that were running before it, and are made to count their lines. */
#ifndef LPROF_MONITORING_RUNNING_H
#define LPROF_MONITORING_RUNNING_H

#include "base/diag.h"
#include "cpython/python_interpreters.h"
#include "monitoring/monitoring_memory.h"

struct monitoring_running;

/*
 * Finds out which of the N processes PIDS run one of INTERPRETERS, which must outlive this, and whether they can be
 * made to count. Those that were started in the last ten seconds are waited for until they are ten seconds old, if
 * their interpreters are not set up yet. Owned by the caller; NULL when out of memory.
 */
struct monitoring_running *monitoring_running__find(const struct python_interpreters *interpreters, const pid_t *pids,
						    size_t n);
void monitoring_running__free(struct monitoring_running *running); /* ends as well; NULL is allowed */

/* Whether one of them can. If none can, *PID is one of them, and *REASON the end of a sentence; NULL: there is none. */
bool monitoring_running__can(const struct monitoring_running *running, pid_t *pid, const char **reason);

/*
 * Has them count in MEMORY. 0, or -errno that was reported to DIAG: none of them does. Those that execute no Python
 * code begin as soon as they do; what then becomes of them is reported to DIAG, too.
 */
int monitoring_running__begin(struct monitoring_running *running, const struct monitoring_memory *memory,
			      const struct diag *diag);

/* Looks whether some of these have begun. */
void monitoring_running__look(struct monitoring_running *running);

/* How many of them have not. */
size_t monitoring_running__n_late(const struct monitoring_running *running);

/* Has them end that, as far as they can be reached; the others do it by themselves. */
void monitoring_running__end(struct monitoring_running *running);

#endif

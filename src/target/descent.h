/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descent: the processes that some processes have started, and these in turn. */
#ifndef LPROF_DESCENT_H
#define LPROF_DESCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Calls FN with each process that descends from one of the N processes PIDS, as far as it can be seen now: a child
 * whose parent has ended belongs to nobody. These N are among them: ROOT is true for them. Stops at and returns the
 * first value other than 0 of FN. Returns 0 at the end, or -ENOMEM.
 */
int descent__each(const pid_t *pids, size_t n, int (*fn)(pid_t pid, bool root, void *ctx), void *ctx);

#endif

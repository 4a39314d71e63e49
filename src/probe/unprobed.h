/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unprobed: processes that have profiled code in memory into which the kernel puts no probe, because it is mapped
 * writable or shared. A program that patches its own code makes it so.
 */
#ifndef LPROF_UNPROBED_H
#define LPROF_UNPROBED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"
#include "probe/probed.h"
#include "profile/profile.h"

struct unprobed;

/* PROBED is borrowed. Returns an owned struct, or NULL when out of memory. */
struct unprobed *unprobed__new(const struct probed *probed);
void unprobed__free(struct unprobed *unprobed); /* NULL is allowed */

/*
 * Looks at the N processes PIDS, or with N 0 at all there are, and remembers what lacks probes. To be called while
 * probes are in. 0 or -ENOMEM.
 */
int unprobed__look(struct unprobed *unprobed, const pid_t *pids, size_t n);

/*
 * Whether each of the N processes PIDS, by the last look at them, maps profiled code but has not a single probe in it.
 * If so, says it in DIAG.
 */
bool unprobed__are_all(const struct unprobed *unprobed, const pid_t *pids, size_t n, const struct diag *diag);

/* Adds a note for each process in which probes were missing. 0 or -ENOMEM. */
int unprobed__note(const struct unprobed *unprobed, struct profile *profile);

#endif

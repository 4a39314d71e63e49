/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftover: probes that stayed in programs because the processes that had put them in were killed (see keeper.h).
 * Nobody counts their hits, but each still costs the program as much time.
 */
#ifndef LPROF_LEFTOVER_H
#define LPROF_LEFTOVER_H

#include <stddef.h>

#include "base/diag.h"

/*
 * Looks for them by what is noted in DIRECTORY (see probe_notes.h), takes them out, and says so in DIAG. *found is set
 * to how many there were, each place counted once in each process; *left to how many could not be taken out: another
 * tracer may have a probe in the same place. 0 or -errno.
 */
int leftover__clean(const char *directory, const struct diag *diag, size_t *found, size_t *left);

#endif

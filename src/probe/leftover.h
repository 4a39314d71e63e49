/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftover: takes out probes that stayed in programs because the process that had put them in was killed (see
 * keeper.h). Nobody counts the hits of such a probe, but each hit still costs the program as much time.
 */
#ifndef LPROF_LEFTOVER_H
#define LPROF_LEFTOVER_H

#include <stddef.h>

#include "base/diag.h"

/*
 * Looks for such probes by the notes in DIRECTORY (see probe_notes.h), takes them out, and reports that to DIAG. Sets
 * *found to how many there were, where a place counts once for each process, and *left to how many could not be taken
 * out: another tracer may have a probe in the same place. 0 or -errno.
 */
int leftover__clean(const char *directory, const struct diag *diag, size_t *found, size_t *left);

/* The same in the directory of run_directory.h, in a process whose standard error leads nowhere. */
void leftover__clean_detached(void);

#endif

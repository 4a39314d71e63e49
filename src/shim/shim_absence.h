/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_absence: how long a thread was off the processor, told without help of the kernel's tracing.
 *
 * The thread's processor time is a system call away, too dear for each event. But a thread that was off the processor
 * had no event meanwhile. So it is enough to look when there was none for long: what is missing then in the processor
 * time, since the last look, was missing since the last event, but for absences too short to matter.
 */
#ifndef LPROF_SHIM_ABSENCE_H
#define LPROF_SHIM_ABSENCE_H

#include <stdint.h>

#include "shim/lprof_shim.h"

struct shim_absence {
	uint64_t wall_ns, cpu_ns; /* at the last look */
	int64_t n_yielded;	  /* how often the thread had given up the processor by itself then */
};

/* Begins to watch the calling thread. */
void shim_absence__begin(struct shim_absence *absence);

/*
 * Adds to TIMES how long the calling thread was off the processor since the last look. If it never gave the processor
 * up by itself, it was able to run and waited for it; otherwise it was blocked.
 */
void shim_absence__look(struct shim_absence *absence, struct lprof_shim_times *times);

#endif

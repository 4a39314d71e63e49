/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_lease: a thread that renews the lease in the memory shared with Python programs. The profiler's main
 * thread may be busy for longer than a lease lasts: it reads the libraries that a program has just opened, waits for a
 * debuginfod server, or writes a report to a pipe that nobody reads. Programs must count on meanwhile.
 *
 * They must not if the profiler is killed or stopped, which this thread then is as well, or if its main thread hangs:
 * so the thread renews no more when the main thread has not come by for some minutes.
 */
#ifndef LPROF_MONITORING_LEASE_H
#define LPROF_MONITORING_LEASE_H

#include "base/clock.h"
#include "monitoring/monitoring_memory.h"

#define MONITORING_LEASE_PERIOD_NS   CLOCK_SECOND_NS
#define MONITORING_LEASE_PATIENCE_NS (300 * CLOCK_SECOND_NS) /* of the main thread's absence */

struct monitoring_lease;

/* Begins to renew; MEMORY is borrowed until the end. To be ended by the caller. 0 or -errno. */
int monitoring_lease__begin(const struct monitoring_memory *memory, uint64_t patience_ns,
			    struct monitoring_lease **out);

/* The main thread has come by. NULL is allowed. */
void monitoring_lease__come_by(struct monitoring_lease *lease);

/* Renews no more, from when this returns. NULL is allowed. */
void monitoring_lease__end(struct monitoring_lease *lease);

#endif

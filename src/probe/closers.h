/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * closers: threads that take probes out. The kernel has removed the breakpoints long before it lets the thread go on
 * that has asked for it: it then waits for a grace period, which takes tens of milliseconds, or seconds in a crowd.
 */
#ifndef LPROF_CLOSERS_H
#define LPROF_CLOSERS_H

#include <stdbool.h>

#include "probe/attach.h"

struct closers;

/* Starts the threads, which run before all others if the system allows that. Owned by the caller; NULL: it failed. */
struct closers *closers__new(void);

/* Waits until everything is out, and ends the threads. NULL is allowed. */
void closers__free(struct closers *closers);

/*
 * Has a thread take the probes out, and does not wait for it. If no thread is free, takes them out itself. CLOSERS may
 * be NULL: there is no thread.
 */
void closers__detach(struct closers *closers, struct attachment *attachment);

/* Whether all probes are out and all threads free. */
bool closers__are_done(struct closers *closers);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priority: how the calling thread competes with the program that it profiles. A program with thousands of runnable
 * threads would otherwise keep the profiler from ending what it began. Children do not inherit any of this, but for
 * those of priority__fork().
 */
#ifndef LPROF_PRIORITY_H
#define LPROF_PRIORITY_H

#include <sys/types.h>

/*
 * Real-time (SCHED_RR at its lowest level) where the system allows it, otherwise the best nice value that it allows.
 * For phases that sleep nearly all the time, or are short.
 */
void priority__raise(void);

/*
 * Back to what it was before priority__raise(), where that was real-time; a nice value that was raised stays. For
 * writing reports, which may take seconds of a processor that the target could use.
 */
void priority__lower(void);

/*
 * The best nice value in a crowd (see crowd.h); otherwise nothing changes. For preparing, which takes too much
 * processor time to be real-time, and would not end for minutes with an ordinary share.
 */
void priority__raise_in_crowd(void);

/* fork(2) of a process that competes as the caller does. */
pid_t priority__fork(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * priority: how the calling thread competes for processors with the program that it profiles. A program with thousands
 * of runnable threads would otherwise keep the profiler from finishing anything. Child processes do not inherit a
 * raised priority, except those that priority__fork() makes.
 */
#ifndef LPROF_PRIORITY_H
#define LPROF_PRIORITY_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Makes the thread real-time (SCHED_RR at its lowest level) where the system allows that, otherwise gives it the best
 * nice value that the system allows. For phases that sleep nearly all the time, or are short.
 */
void priority__raise(void);

/*
 * Has the thread run before every other one where the system allows that, real-time ones included, for PERCENT of a
 * processor's time at most; otherwise as priority__raise(). For taking probes out in time: what has put breakpoints
 * into a program must not be kept from taking them out. Threads that it starts are ordinary ones.
 */
void priority__be_first(unsigned percent);

/*
 * Makes the thread ordinary again if priority__raise() has made it real-time; a nice value that was raised stays. For
 * writing reports, which may take seconds of a processor that the target could use. Returns whether it was real-time.
 */
bool priority__lower(void);

/*
 * In a crowd (see crowd.h), gives the thread the best nice value; otherwise changes nothing. For preparing a run, which
 * takes too much processor time to be real-time, but in a crowd would take minutes with the ordinary nice value.
 */
void priority__raise_in_crowd(void);

/*
 * The opposite: gives the thread a nice value with which the target and everything else come first, for preparing a run
 * that must not harm anybody. It stays when the priority is raised and lowered again.
 */
void priority__give_way(void);

/* As fork(2), but the child inherits the priority of the caller. */
pid_t priority__fork(void);

#endif

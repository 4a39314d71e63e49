/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_schedule: has the interpreter open windows, and close those that no event closes, when it is time. There is one
 * in a process.
 */
#ifndef LPROF_SHIM_SCHEDULE_H
#define LPROF_SHIM_SCHEDULE_H

#include <stdbool.h>

#include "shim/shim_gates.h"

/* What the schedule is of. The interpreter calls OPEN and CLOSE between two instructions, with its lock held. */
struct shim_schedule {
	struct shim_gates *gates;
	const bool *over; /* nothing is counted any more */
	int (*open)(void *data);
	int (*close)(void *data);
};

/* Nothing is asked for until shim_schedule__start(). The interpreter's lock is held; what SCHEDULE refers to stays. */
void shim_schedule__begin(const struct shim_schedule *schedule);

/* Begins to ask. Returns whether what that needs is there. */
bool shim_schedule__start(void);

/* To be called by OPEN and CLOSE: what was asked for is being done. */
void shim_schedule__note_call(void);

/* In a thread that is about to fork; after that in the parent; and in the child. */
void shim_schedule__prepare_fork(void);
void shim_schedule__go_on_after_fork(void);
void shim_schedule__note_fork(void);

/* Asks for nothing any more. */
void shim_schedule__end(void);

#endif

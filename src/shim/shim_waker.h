/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_waker: a thread of the process that looks now and then whether something is to be done while no event occurs. It
 * never takes the interpreter's lock, and no signal is delivered to it. There is one at most.
 */
#ifndef LPROF_SHIM_WAKER_H
#define LPROF_SHIM_WAKER_H

#include <stdbool.h>

/*
 * Starts it, unless there is one. First after DELAY_MS, it calls LOOK again and again, each time as many milliseconds
 * later as that says, until that is negative. Returns whether there is one.
 */
bool shim_waker__start(int (*look)(void), int delay_ms);

/*
 * Ends it, if there is one, and waits for that. Whoever calls may hold any lock: if the thread waits for that one, it
 * is not waited for for longer than half a second, and ends later. Returns whether there was one.
 */
bool shim_waker__stop(void);

/* There is none in the child after a fork. Returns whether there was one before. */
bool shim_waker__forget(void);

#endif

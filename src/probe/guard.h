/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard: a process that does something when another one has ended. The kernel removes the breakpoints of a process that
 * is killed, but not those that it was putting in or taking out at that moment. Somebody has to be left who finds them.
 */
#ifndef LPROF_GUARD_H
#define LPROF_GUARD_H

/*
 * Starts a process that waits for the end of the calling one, calls CLEAN and ends. It has a name of its own, blocks
 * all signals as the caller does, and has no files open. If it cannot be started, that is not reported.
 */
void guard__start(void (*clean)(void));

#endif

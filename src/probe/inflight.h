/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inflight: charges the time of calls that have not returned when profiling ends. Pure.
 *
 * A frame that travels an edge (it is inside a call) is charged up to the moment when its thread ended or profiling
 * did. A frame that was left by an exception or longjmp is not charged. It is recognised by the thread's stack pointer,
 * which is above it, or was above it at some time since. A frame of a goroutine cannot be recognised so.
 */
#ifndef LPROF_INFLIGHT_H
#define LPROF_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "lprof.h"

/* Whose counters: the edges of one owner. */
struct inflight_owner {
	uint32_t id; /* as lprof_thread.owner */
	struct lprof_edge *edges;
};

struct inflight {
	const struct lprof_thread *threads; /* all that were seen, with their newest frames; sorted by serial */
	size_t n_threads;
	const struct lprof_frame *frames; /* frames that are not their thread's newest */
	size_t n_frames;
	uint64_t now_ns;		     /* end of profiling, on the clock of lprof_thread.ended_ns */
	const struct inflight_owner *owners; /* sorted by ID */
	size_t n_owners;
	uint32_t n_edges;		/* of each owner */
	struct lprof_edge *interpreted; /* edges of an interpreter's frames */
	size_t n_interpreted;
	/* By site, the moment from which on it has been counted, which is never if it is out; NULL: all are in. */
	const uint64_t *opened_ns;
};

/*
 * Adds the time under way to the edges. A frame whose owner or edge is not in INFLIGHT is ignored. Returns how many of
 * the charged frames are goroutines', and so perhaps were left by a panic.
 */
uint64_t inflight__charge(const struct inflight *inflight);

/* The one of N threads, which are sorted by it, that has the serial number; NULL: there is none. */
const struct lprof_thread *inflight__thread(const struct lprof_thread *threads, size_t n, uint32_t serial);

/* The thread's running totals when it ended or, if it has not, at NOW_NS. */
struct lprof_times inflight__totals(const struct lprof_thread *thread, uint64_t now_ns);

#endif

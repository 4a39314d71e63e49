/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inflight: time of calls that have not returned when profiling ends. Pure.
 *
 * A frame that travels an edge (it is inside a call) is charged up to the moment when its thread ended
 * or profiling did. A frame that was abandoned (exception, longjmp) is not: the thread has been hit
 * since at a stack pointer above it.
 */
#ifndef LPROF_INFLIGHT_H
#define LPROF_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "lprof.h"

struct inflight {
	const struct lprof_thread *threads; /* all that were seen, their newest frames in them; sorted by serial */
	size_t n_threads;
	const struct lprof_frame *frames; /* those that were put aside */
	size_t n_frames;
	uint64_t now_ns; /* end of profiling, on the clock of lprof_thread.ended_ns */
};

/* Adds the time under way to EDGES, of which there are N; edges of frames that are out of range are ignored. */
void inflight__charge(const struct inflight *inflight, struct lprof_edge *edges, uint32_t n);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "inflight.h"

#include <stdlib.h>

static int compare_serial(const void *key, const void *item)
{
	uint32_t serial = *(const uint32_t *)key, other = ((const struct lprof_thread *)item)->serial;

	return (serial > other) - (serial < other);
}

static void charge(const struct inflight *inflight, const struct lprof_thread *thread, const struct lprof_frame *frame,
		   struct lprof_edge *edges, uint32_t n)
{
	uint64_t end = inflight->now_ns;

	if (thread->ended_ns)
		end = thread->ended_ns;
	else if (thread->off_since_ns) /* the CPU clock stands still */
		end = thread->off_since_ns;
	end -= thread->off_ns;
	if (!frame->cfa || frame->edge >= n || end < frame->since)
		return;
	edges[frame->edge].wall_ns += end - frame->since;
	edges[frame->edge].probe_ns += thread->probe_ns - frame->since_probe_ns;
}

void inflight__charge(const struct inflight *inflight, struct lprof_edge *edges, uint32_t n)
{
	for (size_t i = 0; i < inflight->n_threads; i++)
		charge(inflight, &inflight->threads[i], &inflight->threads[i].newest, edges, n);
	for (size_t i = 0; inflight->n_threads && i < inflight->n_frames; i++) {
		const struct lprof_frame *frame = &inflight->frames[i];
		const struct lprof_thread *thread;

		thread =
			bsearch(&frame->owner, inflight->threads, inflight->n_threads, sizeof(*thread), compare_serial);
		/* The stack grows downwards: a frame is above the stack pointer, or gone. */
		if (thread && frame->cfa > thread->sp)
			charge(inflight, thread, frame, edges, n);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that are not the one that was hit last, and what every kind of frame's edges are charged.
 */
#ifndef LPROF_BPF_FRAME_H
#define LPROF_BPF_FRAME_H

#include "thread.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct lprof_frame_key);
	__type(value, struct lprof_frame);
} frames SEC(".maps");

/* Puts aside the thread's newest frame while another one of its frames is running. */
static __always_inline void suspend_frame(const struct lprof_frame *frame, __u32 tgid)
{
	struct lprof_frame_key key = {.cfa = frame->cfa, .tgid = tgid, .body = frame->body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (kept)
		*kept = *frame;
	else if (bpf_map_update_elem(&frames, &key, frame, BPF_ANY))
		count(LPROF_STAT_FRAMES_DROPPED, 1);
}

/* Makes the frame (cfa, body) the thread's newest; with no edge being travelled if it is not known. */
static __always_inline void resume_frame(struct lprof_frame *newest, __u64 cfa, __u32 body, __u32 tgid)
{
	struct lprof_frame_key key = {.cfa = cfa, .tgid = tgid, .body = body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (kept && kept->cfa) {
		*newest = *kept;
		kept->cfa = 0; /* cheaper than deleting it, and it is likely to be suspended again */
		return;
	}
	count(LPROF_STAT_FRAMES_UNKNOWN, 1);
	newest->edge = LPROF_NO_EDGE;
}

/* Charges the edge what came between SINCE and NOW, all but probe_ns, which is not complete yet. */
static __always_inline void charge_times(struct lprof_edge *edge, const struct lprof_times *now,
					 const struct lprof_times *since)
{
	__sync_fetch_and_add(&edge->times.cpu_ns, now->cpu_ns - since->cpu_ns);
	if (now->blocked_ns != since->blocked_ns)
		__sync_fetch_and_add(&edge->times.blocked_ns, now->blocked_ns - since->blocked_ns);
	if (now->waiting_ns != since->waiting_ns)
		__sync_fetch_and_add(&edge->times.waiting_ns, now->waiting_ns - since->waiting_ns);
	if (now->program_ns != since->program_ns)
		__sync_fetch_and_add(&edge->times.program_ns, now->program_ns - since->program_ns);
}

#endif

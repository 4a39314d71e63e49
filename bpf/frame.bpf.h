/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a thread other than the one that was hit last. They wait in the map `frames` until they are hit again.
 */
#ifndef LPROF_BPF_FRAME_H
#define LPROF_BPF_FRAME_H

#include "pass.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct lprof_frame_key);
	__type(value, struct lprof_frame);
} frames SEC(".maps");

/* Stores the thread's newest frame in `frames`, because another of the thread's frames becomes the newest. */
static __always_inline void suspend_frame(const struct lprof_frame *frame, const struct lprof_thread *thread)
{
	struct lprof_frame_key key = {.cfa = frame->cfa, .tgid = thread->tgid, .body = frame->body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (kept && kept->cfa && frame == &thread->newest)
		end_pass(kept, thread->owner);
	if (kept)
		*kept = *frame;
	else if (bpf_map_update_elem(&frames, &key, frame, BPF_ANY))
		count(LPROF_STAT_FRAMES_DROPPED, 1);
}

/*
 * Makes the stored frame (CFA, BODY) the thread's newest. If no such frame is stored, the newest has no travelled edge.
 * With FORGET the map's entry is deleted: frames at ever new addresses (an interpreter's) would otherwise fill the map
 * and evict frames that wait for long. Without it the entry is kept, because the frame is likely to be stored again.
 */
static __always_inline void resume_frame(struct lprof_frame *newest, __u64 cfa, __u32 body, __u32 tgid, bool forget)
{
	struct lprof_frame_key key = {.cfa = cfa, .tgid = tgid, .body = body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (!kept || !kept->cfa) {
		count(LPROF_STAT_FRAMES_UNKNOWN, 1);
		newest->edge = LPROF_NO_EDGE;
		return;
	}
	*newest = *kept;
	if (forget)
		bpf_map_delete_elem(&frames, &key);
	else
		kept->cfa = 0; /* marks the entry as empty, which is cheaper than deleting it */
}

#endif

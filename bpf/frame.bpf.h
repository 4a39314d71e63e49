/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that are not the one that was hit last: put aside, and taken up again.
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

/*
 * Makes the frame (cfa, body) the thread's newest; with no edge being travelled if it is not known. FORGET: frames of
 * its kind come at ever new addresses, and the dead would crowd out those that wait for long; otherwise it is likely to
 * be put aside again, for which its place is kept.
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
		kept->cfa = 0; /* cheaper than deleting it */
}

#endif

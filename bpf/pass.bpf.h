/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passes through a body that begin or end elsewhere than its code says.
 *
 * Some sites carry no probe. User space computes their counts: what comes to a site leaves it. That is so but for the
 * passes that began when counting did, or that ended with the program, with counting, or in a signal handler that did
 * not return. These are few, and are counted here by the place.
 *
 * A frame on a direct way, which holds no call, can only be interrupted by a signal. Then it is stopped: where, is
 * noted in the frame. When the handler returns to that place, the note is dropped. So a frame that is still stopped
 * when a new one begins in its place, or when the body goes on at a landing pad, has ended where it was stopped. (Of
 * several frames that are stopped at once, because a signal interrupts the handler of another, only the last one's note
 * is dropped.)
 */
#ifndef LPROF_BPF_PASS_H
#define LPROF_BPF_PASS_H

#include "loop_variable.bpf.h"
#include "thread.bpf.h"

const volatile bool some_spared = false; /* set before loading: there are sites without a probe */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* resized before loading, as is `edges` */
	__type(key, __u32);
	__type(value, struct lprof_site);
} sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* resized before loading when there are sites without a probe */
	__type(key, struct lprof_pass);
	__type(value, struct lprof_passes);
} passes SEC(".maps");

static __always_inline void count_pass(const struct lprof_pass *pass, __u64 moved)
{
	struct lprof_passes first = {.n = 1, .moved = moved}, *sum = bpf_map_lookup_elem(&passes, pass);

	if (!sum && !bpf_map_update_elem(&passes, pass, &first, BPF_NOEXIST))
		return;
	if (!sum)
		sum = bpf_map_lookup_elem(&passes, pass);
	if (!sum) {
		count(LPROF_STAT_FRAMES_DROPPED, 1);
		return;
	}
	__sync_fetch_and_add(&sum->n, 1);
	__sync_fetch_and_add(&sum->moved, moved);
}

/* The pass of a thread of OWNER began when the site ID was hit: no edge led there that was counted. */
static __always_inline void begin_pass(const struct lprof_site *site, __u32 id, __u32 owner)
{
	struct lprof_pass pass = {.site = id, .owner = owner, .kind = LPROF_PASS_BEGAN};

	if (site->flags & LPROF_SITE_BALANCED)
		count_pass(&pass, 0);
}

/* It is not sure by how much the frame's variable changed. */
static __always_inline void doubt_pass(const struct lprof_frame *frame, __u32 owner)
{
	struct lprof_pass pass = {.site = frame->edge / 2, .owner = owner, .kind = LPROF_PASS_DOUBTED};

	count_pass(&pass, 0);
}

/* The frame will not be hit again. */
static __always_inline void end_pass(const struct lprof_frame *frame, __u32 owner)
{
	struct lprof_pass pass = {.site = frame->edge / 2,
				  .offset = frame->stopped_at,
				  .owner = owner,
				  .kind = LPROF_PASS_ENDED + (frame->edge & 1)};

	if (frame->stopped)
		count_pass(&pass, frame->moved);
	if (frame->stopped == LPROF_STOPPED_IN_DOUBT)
		doubt_pass(frame, owner);
}

/* Whether the frame is on a way that holds no call. */
static __always_inline bool is_direct(const struct lprof_frame *frame)
{
	return frame->cfa && !(frame->cfa & LPROF_FRAME_MOVABLE) &&
	       (frame->next == LPROF_NEXT_NEAR || frame->next == LPROF_NEXT_SURE);
}

/*
 * Whether the frame, which was not hit next, has left its body unseen: on such a way nothing but a signal can come
 * between.
 */
static __always_inline bool has_left(const struct lprof_frame *frame)
{
	return frame->next == LPROF_NEXT_NEAR && !frame->stopped;
}

/*
 * Where TASK, which may be any, goes on in its program. It may be about to execute the instruction that was hit last,
 * in the kernel's copy of it, which lies elsewhere.
 */
static __always_inline __u64 place_of(struct task_struct *task, const struct lprof_thread *thread,
				      const struct pt_regs *regs)
{
	__u32 edge = thread->newest.edge, id = edge / 2;
	const struct lprof_site *site = bpf_map_lookup_elem(&sites, &id);
	__u64 ip = regs->ip;

	barrier_var(ip); /* the verifier wants each load to have one kind of pointer */
	/* It may also be somebody else's probe whose instruction it is about to execute. */
	if (!site || !BPF_CORE_READ(task, utask, active_uprobe) ||
	    BPF_CORE_READ(task, utask, vaddr) != thread->resume[0] - (__s64)site->resume[0])
		return ip;
	return thread->resume[edge & 1];
}

/* Notes that the thread's newest frame is stopped at REGS and IP, if it is on a direct way there. */
static __always_inline void stop_frame(struct lprof_thread *thread, const struct pt_regs *regs, __u64 ip)
{
	struct lprof_frame *frame = &thread->newest;
	const struct lprof_site *site;
	__u32 id = frame->edge / 2;
	__s64 offset;

	if (!some_spared || !is_direct(frame) || frame->stopped || regs->sp >= frame->cfa)
		return;
	site = bpf_map_lookup_elem(&sites, &id);
	if (!site)
		return;
	/* The thread was last hit at the address resume[0] - site->resume[0]. */
	offset = ip - (thread->resume[0] - (__s64)site->resume[0]);
	if (offset != (__s32)offset)
		return; /* it is not in the body */
	frame->stopped_at = offset;
	frame->stopped = LPROF_STOPPED;
	if (frame->variable.kind != LPROF_VARIABLE_NONE) {
		frame->moved = variable_change(frame, regs);
		/* The thread may have been off the processor meanwhile: that is no harm. */
		if (lprof_variable__is_doubtful(&frame->variable, frame->moved,
						bpf_ktime_get_ns() - wall_ns(&frame->since)))
			frame->stopped = LPROF_STOPPED_IN_DOUBT;
	}
	thread->stopped_ip = ip;
	thread->stopped_cfa = frame->cfa;
	thread->stopped_body = frame->body;
}

/* Counting is over: the thread's newest frame is stopped where it is, or has left its body. */
static __always_inline void settle_frame(struct lprof_thread *thread, const struct pt_regs *regs, __u64 ip)
{
	stop_frame(thread, regs, ip);
	if (has_left(&thread->newest))
		thread->newest.cfa = 0;
}

#endif

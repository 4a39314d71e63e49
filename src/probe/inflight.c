// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/inflight.h"

#include <stdbool.h>
#include <stdlib.h>

static int compare_serial(const void *key, const void *item)
{
	uint32_t serial = *(const uint32_t *)key, other = ((const struct lprof_thread *)item)->serial;

	return (serial > other) - (serial < other);
}

static int compare_owner(const void *key, const void *item)
{
	uint32_t id = *(const uint32_t *)key, other = ((const struct inflight_owner *)item)->id;

	return (id > other) - (id < other);
}

const struct lprof_thread *inflight__thread(const struct lprof_thread *threads, size_t n, uint32_t serial)
{
	return n ? bsearch(&serial, threads, n, sizeof(*threads), compare_serial) : NULL;
}

struct lprof_times inflight__totals(const struct lprof_thread *thread, uint64_t now_ns)
{
	struct lprof_times times = thread->times;

	if (thread->ended_ns)
		return times;
	/* The thread is off the processor since then, and no context switch has added that time yet. */
	if (thread->off_since_ns && thread->off_since_ns < now_ns)
		times.blocked_ns += now_ns - thread->off_since_ns;
	times.cpu_ns = now_ns - times.blocked_ns - times.waiting_ns;
	return times;
}

/* Whether the frame has ended. The stack grows downwards, so a frame that is not above the stack pointer has. */
static bool is_gone(const struct lprof_thread *thread, const struct lprof_frame *frame)
{
	if (!frame->cfa || frame->cfa <= thread->sp)
		return true;
	/* It is in no call: the runtime has interrupted the goroutine, which perhaps goes on in another thread. */
	if ((frame->cfa & LPROF_FRAME_MOVABLE) && frame->next == LPROF_NEXT_SURE)
		return true;
	for (uint32_t i = 0; i < LPROF_UNWINDS && i < thread->n_unwinds; i++)
		if (frame->since.cpu_ns < thread->unwinds[i].cpu_ns && frame->cfa <= thread->unwinds[i].sp)
			return true;
	return false;
}

/* Whether the frame departed when the site was in before, but was taken out after that. */
static bool is_earlier(const struct inflight *inflight, const struct lprof_frame *frame)
{
	const struct lprof_times *since = &frame->since;

	/* The sum is what the clock showed. */
	return inflight->opened_ns &&
	       since->cpu_ns + since->blocked_ns + since->waiting_ns < inflight->opened_ns[frame->edge / 2];
}

/* The times of the edge that the frame travels, or NULL when there are none to charge. */
static struct lprof_times *travelled(const struct inflight *inflight, const struct lprof_thread *thread,
				     const struct lprof_frame *frame)
{
	const struct inflight_owner *owner;

	if (frame->body & LPROF_BODY_INTERPRETED)
		return frame->cfa && frame->edge < inflight->n_interpreted ? &inflight->interpreted[frame->edge].times
									   : NULL;
	if (frame->next == LPROF_NEXT_NEAR)
		return NULL; /* such a way takes no time, and the frame may have left its body long ago */
	if (is_gone(thread, frame) || frame->edge >= inflight->n_edges || is_earlier(inflight, frame))
		return NULL;
	owner = bsearch(&thread->owner, inflight->owners, inflight->n_owners, sizeof(*owner), compare_owner);
	return owner ? &owner->edges[frame->edge].times : NULL;
}

/* Returns whether the frame was charged and is a goroutine's. */
static bool charge(const struct inflight *inflight, const struct lprof_thread *thread, const struct lprof_frame *frame)
{
	struct lprof_times end, *times = travelled(inflight, thread, frame);

	if (!times)
		return false;
	end = inflight__totals(thread, inflight->now_ns);
	if (end.cpu_ns < frame->since.cpu_ns)
		return false;
	lprof_times__add(times, &end);
	times->cpu_ns -= frame->since.cpu_ns;
	times->blocked_ns -= frame->since.blocked_ns;
	times->waiting_ns -= frame->since.waiting_ns;
	times->probe_ns -= frame->since.probe_ns;
	times->program_ns -= frame->since.program_ns;
	return !(frame->body & LPROF_BODY_INTERPRETED) && (frame->cfa & LPROF_FRAME_MOVABLE);
}

uint64_t inflight__charge(const struct inflight *inflight)
{
	uint64_t n = 0;

	for (size_t i = 0; i < inflight->n_threads; i++) {
		n += charge(inflight, &inflight->threads[i], &inflight->threads[i].newest);
		charge(inflight, &inflight->threads[i], &inflight->threads[i].interpreted);
	}
	for (size_t i = 0; inflight->n_threads && i < inflight->n_frames; i++) {
		const struct lprof_frame *frame = &inflight->frames[i];
		const struct lprof_thread *thread;

		thread = inflight__thread(inflight->threads, inflight->n_threads, frame->thread);
		if (thread)
			n += charge(inflight, thread, frame);
	}
	return n;
}

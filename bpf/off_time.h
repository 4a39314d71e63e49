/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * off_time: how long a thread has been off the processor. Pure: the BPF programs say what the kernel knows.
 *
 * Theory
 *
 * The program at context switches sees when a thread leaves the processor and when it comes back. Some switches do not
 * reach it: kernels were seen that do not report the switches away from certain threads, and up to Linux 6.1 a thread's
 * storage cannot be found while another use of it on the same CPU is interrupted. Without a remedy, the time until the
 * thread comes back would count as time on the processor.
 *
 * The kernel itself keeps two figures of each thread that nothing can make it lose: the number of its context switches,
 * and how long it has run. The number tells that a switch was not seen. How long the thread was off the processor since
 * the last switch that was seen is then the time that has passed, less the time that it has run. That is not done at
 * every switch, because the kernel does not count as run what a hypervisor or an interrupt has taken.
 */
#ifndef LPROF_BPF_OFF_TIME_H
#define LPROF_BPF_OFF_TIME_H

#ifndef __VMLINUX_H__
#include <stdbool.h>
#endif

#include "lprof.h"

/* What the kernel knows of a thread at one moment. */
struct off_view {
	__u64 now_ns;
	__u64 ran_ns;	/* how long it has run since it was created */
	__u32 switches; /* how often it has left the processor */
};

static inline void off_time__note(struct lprof_thread *thread, const struct off_view *view)
{
	thread->seen_ns = view->now_ns;
	thread->ran_ns = view->ran_ns;
}

/* Adds the time off the processor since the last switch that was seen. */
static inline void off_time__catch_up(struct lprof_thread *thread, const struct off_view *view)
{
	__u64 passed_ns = view->now_ns - thread->seen_ns, ran_ns = view->ran_ns - thread->ran_ns;

	if (passed_ns > ran_ns)
		thread->off_ns += passed_ns - ran_ns;
	off_time__note(thread, view);
}

/* The thread is on the processor, as it has been since the last of the switches that VIEW counts. */
static inline void off_time__resume(struct lprof_thread *thread, const struct off_view *view)
{
	off_time__catch_up(thread, view);
	thread->off_since_ns = 0;
	thread->returned = view->switches;
}

/* The thread has been seen for the first time, on the processor. */
static inline void off_time__begin(struct lprof_thread *thread, const struct off_view *view)
{
	off_time__note(thread, view);
	thread->returned = thread->accounted = view->switches;
}

/* The thread leaves the processor, which VIEW counts already. */
static inline void off_time__leave(struct lprof_thread *thread, const struct off_view *view)
{
	if (view->switches != thread->returned + 1)
		off_time__catch_up(thread, view);
	else
		off_time__note(thread, view);
	thread->off_since_ns = view->now_ns;
}

/* Makes the copy of a thread, which may have switches that were not seen, say whether the thread is ON a processor. */
static inline void off_time__settle(struct lprof_thread *thread, const struct off_view *view, bool on)
{
	if (view->switches == thread->returned)
		return;
	if (on)
		off_time__resume(thread, view);
	else if (!thread->off_since_ns)
		thread->off_since_ns = thread->seen_ns + (view->ran_ns - thread->ran_ns);
}

#endif

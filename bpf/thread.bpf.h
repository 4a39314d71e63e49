/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profiled thread and its clocks, for the BPF programs that are attached to probes. The programs that run at context
 * switches, samples and ends of threads are in thread.bpf.c.
 *
 * Theory
 *
 * Elapsed time is split at context switches into time on a processor, blocked and waiting. A large part of the time on
 * a processor is the probes' own. That part is subtracted from what is reported, so it must be known well. There are
 * two ways to know it, with different errors:
 *
 * Price. The BPF program measures its own time for a hit. What the kernel takes around it (the exception, finding the
 * probe, emulating the instruction) is a calibrated multiple of that time: the processor's frequency, and the load on
 * its sibling and its neighbours, change both alike. Within seconds the cost of a hit was seen to change by 40 %, while
 * the ratio stayed within 2 %.
 *
 * Samples. A timer interrupts each processor. A sample inside a probe belongs to the probes, any other one to the
 * target. The only errors are chance, and samples at the very edge of a probe.
 *
 * User space combines the two, each weighed by its error.
 */
#ifndef LPROF_BPF_THREAD_H
#define LPROF_BPF_THREAD_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lprof.h"
#include "off_time.h"
#include "process_id.bpf.h"

#define SELF_LIMIT     8 /* a hit that takes this many times self_ns was interrupted by something else */
#define MEASURE_EACH   8 /* one of this many hits is measured; a power of two */
#define SPEED_BITS     8 /* lprof_thread.speed_ns has this many binary digits after the point */
#define DOWN_SHIFT     3 /* a hit that is quicker than speed_ns moves it by an eighth of the difference, */
#define UP_SHIFT       6 /* a slower one by a sixty-fourth: so about one hit in ten is quicker than speed_ns */
#define SLOWNESS_SHIFT 2 /* a measured hit moves the edge's slowness by a quarter of the difference */
#define RUN_LIMIT                                                                                                      \
	2000000000ull /* nanoseconds: the kernel updates the time that a thread has run each second at least */
#define TOLERANCE (113 * (1 << LPROF_RATIO_BITS) / 100) /* slowness up to here does not make the kernel slower */

/* Set before loading. */
const volatile struct lprof_prices prices = {};
const volatile __u32 by = LPROF_BY_NOTHING; /* enum lprof_by */
const volatile __u32 only_tgid = 0;	    /* count in this process; 0: there is no such one */
const volatile bool use_targets = false;    /* count in the processes that `targets` holds, too */
const volatile bool never = false;	    /* stays so; see keep_stack() */

/*
 * The programs count until this moment of the monotonic clock; 0: they do not count. Probes are put in and taken out
 * one by one while the target runs. Counting begins when all are in and ends before the first is out, so that the
 * counts of all sites are of the same period. If the user has set a duration, counting ends with it even if user space
 * gets no processor time to end it.
 */
__u64 counting_until = 0;

__u32 last_serial = 0; /* the serial number that the last new thread got */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lprof_thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* resized before loading when the counters of owners are kept apart */
	__type(key, __u32);
	__type(value, struct lprof_owner);
} owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* resized before loading */
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LPROF_STATS);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

/* How far the clock of monotonic time is ahead of the one by which a CPU's threads run; 0: not known. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} clock_leads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} nowhere SEC(".maps");

/*
 * Keeps the program's variables on its thread's stack, by a tail call that is never made. Linux 6.13 and later would
 * otherwise give a program of this type one stack for each CPU. That is safe only while no second thread runs the
 * program on that CPU; uprobes do not prevent this, and a thread that is preempted by another would find its variables
 * overwritten. The kernel leaves programs that can make a tail call on the thread's stack. It decides that before it
 * removes dead code, so the condition may be a constant.
 */
static __always_inline void keep_stack(struct pt_regs *ctx)
{
	if (never)
		bpf_tail_call(ctx, &nowhere, 0);
}

/* What the clock showed: it is the same for all threads. */
static __always_inline __u64 wall_ns(const struct lprof_times *times)
{
	return times->cpu_ns + times->blocked_ns + times->waiting_ns;
}

static __always_inline bool is_counting(__u64 now)
{
	return now < *(const volatile __u64 *)&counting_until;
}

static __always_inline bool wanted(const struct task_struct *task)
{
	__u32 tgid;

	if (!only_tgid && !use_targets)
		return true;
	tgid = process_id(task);
	if (only_tgid && tgid == only_tgid)
		return true;
	return use_targets && bpf_map_lookup_elem(&targets, &tgid) != NULL;
}

/* Per-CPU counters need atomics too, because a program may be preempted by another on the same CPU. */
static __always_inline void count(__u32 stat, __u64 n)
{
	__u64 *value = bpf_map_lookup_elem(&stats, &stat);

	if (value)
		__sync_fetch_and_add(value, n);
}

/* Kernels differ in the size of this field. libbpf can adapt the program to that where the field is unsigned. */
struct task_struct___on_cpu {
	unsigned int on_cpu;
} __attribute__((preserve_access_index));

static __always_inline bool is_on_cpu(const struct task_struct *task)
{
	return ((const struct task_struct___on_cpu *)task)->on_cpu;
}

static __always_inline __u64 run_delay(const struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

static __always_inline __u32 switches_of(const struct task_struct *task)
{
	return task->nvcsw + task->nivcsw;
}

/* What the kernel knows of a thread that is being switched: at switches it brings the time up to date. */
static __always_inline struct off_view view_of(const struct task_struct *task)
{
	return (struct off_view){bpf_ktime_get_ns(), task->se.sum_exec_runtime, switches_of(task)};
}

/*
 * The same of the thread that runs this program. The kernel has brought the time that it has run up to date at some
 * earlier moment: a switch or a tick. What has passed since is known unless no profiled thread came to this CPU yet.
 */
static __always_inline struct off_view current_view(const struct task_struct *task)
{
	__u64 updated = task->se.exec_start, since, *lead;
	struct off_view view = view_of(task);
	__u32 zero = 0;

	lead = bpf_map_lookup_elem(&clock_leads, &zero);
	if (!lead || !*lead)
		return view;
	since = view.now_ns - *lead - updated;
	if (since < RUN_LIMIT)
		view.ran_ns += since;
	return view;
}

/*
 * Splits the time that the thread was off the CPU into waiting and blocked. On kernels that do not account for waiting,
 * all of it counts as blocked.
 */
static __always_inline void split_off_time(struct lprof_thread *thread, const struct task_struct *task)
{
	thread->times.waiting_ns = run_delay(task) - thread->delay_ns;
	thread->times.blocked_ns = thread->off_ns - thread->times.waiting_ns;
}

/* Brings the times of the thread, which runs this program, up to date after it was off the CPU. */
static __always_inline void account_switches(struct lprof_thread *thread, const struct task_struct *task)
{
	thread->accounted = switches_of(task);
	if (thread->returned != thread->accounted) {
		struct off_view view = current_view(task);

		off_time__resume(thread, &view);
	}
	split_off_time(thread, task);
}

/* Reads off_ns afresh from memory, because a context switch may change it at any moment. */
static __always_inline __u64 read_off_ns(const struct lprof_thread *thread)
{
	return *(const volatile __u64 *)&thread->off_ns;
}

static __always_inline void note_owner(struct lprof_thread *thread, const struct task_struct *task)
{
	struct lprof_owner owner = {.tgid = process_id(task), .tid = by == LPROF_BY_THREAD ? thread_id(task) : 0};

	thread->owner = by == LPROF_BY_THREAD ? thread->serial : thread->tgid;
	if (bpf_map_lookup_elem(&owners, &thread->owner))
		return;
	bpf_get_current_comm(owner.comm, sizeof(owner.comm));
	bpf_map_update_elem(&owners, &thread->owner, &owner, BPF_ANY);
}

static __always_inline void begin_thread(struct lprof_thread *thread, const struct task_struct *task, __u64 now)
{
	struct off_view view = current_view(task);

	off_time__begin(thread, &view);
	thread->newest.edge = LPROF_NO_EDGE;
	thread->interpreted.edge = LPROF_NO_EDGE;
	thread->tgid = task->tgid;
	thread->delay_ns = run_delay(task);
	thread->first_ns = now;
	thread->speed_ns = (__u64)prices.self_ns << SPEED_BITS;
	thread->serial = __sync_fetch_and_add(&last_serial, 1) + 1;
	if (by)
		note_owner(thread, task);
}

static __always_inline struct lprof_thread *current_thread(struct task_struct *task, __u64 now)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!thread)
		return NULL;
	if (!thread->serial)
		begin_thread(thread, task, now);
	if (thread->accounted != switches_of(task))
		account_switches(thread, task);
	return thread;
}

static __always_inline __u64 times_ratio(__u64 ns, __u64 ratio)
{
	return ns * ratio >> LPROF_RATIO_BITS;
}

/* Whether this hit, the Nth, is one of those that are measured. */
static __always_inline bool is_measured(__u64 n)
{
	return !prices.self_ns || !(n & (MEASURE_EACH - 1));
}

/*
 * Adjusts the thread's speed_ns to a measured hit that would have taken OWN (in the units of speed_ns) in the newest
 * frame. It follows the quickest hits, since these tell the processor's speed.
 */
static __always_inline void adjust_speed(struct lprof_thread *thread, __u64 own)
{
	if (own < thread->speed_ns)
		thread->speed_ns -= (thread->speed_ns - own) >> DOWN_SHIFT;
	else
		thread->speed_ns += (own - thread->speed_ns) >> UP_SHIFT;
}

/*
 * Records that the program took SELF_NS for a hit on PATH. The thread's quickest hits tell the speed of the processor,
 * which changes within milliseconds. On an edge where the program takes much longer than that, the kernel does too,
 * since branches are mispredicted and caches are cold there. Where it takes only a little longer, the reason is the
 * program's own data, and the kernel is not slower. Slowness is kept for each edge, because it depends on the code that
 * runs before the hit.
 */
static __always_inline void measure_speed(struct lprof_thread *thread, __u64 *slowness, __u64 self_ns,
					  enum lprof_path path)
{
	__u64 own, ratio;

	if (!prices.self_ns || self_ns > SELF_LIMIT * (__u64)prices.self_ns)
		return; /* calibrating, or the hit was interrupted and says nothing of the speed */
	own = (self_ns << (LPROF_RATIO_BITS + SPEED_BITS)) / prices.path_ratio[path];
	adjust_speed(thread, own);
	ratio = (own << LPROF_RATIO_BITS) / (thread->speed_ns | 1);
	*slowness = *slowness ? *slowness - (*slowness >> SLOWNESS_SHIFT) + (ratio >> SLOWNESS_SHIFT) : ratio;
}

/* The program's present time for a hit in the newest frame, longer where SLOWNESS says that the kernel is slower. */
static __always_inline __u64 present_speed(const struct lprof_thread *thread, __u64 slowness)
{
	__u64 ns = thread->speed_ns >> SPEED_BITS;

	return slowness > TOLERANCE ? times_ratio(ns, slowness - TOLERANCE + (1 << LPROF_RATIO_BITS)) : ns;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profiled thread and its clocks: what the programs that are attached to probes do with them. What runs beside
 * these (context switches, samples, ends of threads) is in thread.bpf.c.
 *
 * Theory
 *
 * Elapsed time is split at context switches into time on a processor, blocked and waiting. Of the time on a
 * processor, a large part is the probes' own, and that is what must be known well. Two ways that fail
 * differently:
 *
 * Price. The program measures how fast it is itself. What the kernel takes around it (the exception, finding the
 * probe, emulating the instruction) is a calibrated multiple of that: the processor's frequency, its sibling's and
 * its neighbours' load change both alike. Within seconds a hit's cost was seen to move by 40 % while the ratio stayed
 * within 2 %.
 *
 * Samples. A timer interrupts each processor. A sample inside a probe is the probes', any other one the
 * program's own. This has no error but chance and what happens at the very edge of a probe.
 *
 * User space weighs the one against the other.
 */
#ifndef LPROF_BPF_THREAD_H
#define LPROF_BPF_THREAD_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lprof.h"

#define SELF_LIMIT     8 /* a hit during which something else happened takes so many times as long */
#define MEASURE_EACH   8 /* hits: one is measured; a power of two */
#define SPEED_BITS     8 /* after the point of lprof_thread.speed_ns */
#define DOWN_SHIFT     3 /* a quicker hit moves the speed by an eighth of the difference, */
#define UP_SHIFT       6 /* a slower one by a sixty-fourth: about one in ten is quicker */
#define SLOWNESS_SHIFT 2 /* a measuring moves the mean by a quarter */
#define TOLERANCE      (113 * (1 << LPROF_RATIO_BITS) / 100) /* a ratio that still says nothing */

/* Set before loading. */
const volatile struct lprof_prices prices = {};
const volatile __u32 by = LPROF_BY_NOTHING; /* enum lprof_by */
const volatile __u32 only_tgid = 0;	    /* count only in this process; 0: see use_targets */
const volatile bool use_targets = false;    /* count only in the processes that `targets` holds */
const volatile bool leave = false;	    /* see keep_stack() */

/*
 * Until when there is counting, on the monotonic clock; 0: there is none. Probes are put in and taken out one by one
 * while the target runs. Counting begins when all are in and ends before the first is out, so that counts of different
 * sites can be compared. Where the user asks for a time, it ends here even if user space gets no processor to say so.
 */
__u64 counting_until = 0;

__u32 last_serial = 0; /* of threads */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lprof_thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* resized before loading where owners are told apart */
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

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} nowhere SEC(".maps");

/*
 * Linux 6.13 and later give a program of this type a stack that is not its thread's but its CPU's, for which nothing
 * else of the same program may run there meanwhile; uprobes do not see to that, and a thread that is preempted by
 * another finds its variables overwritten. Programs that can make a tail call are left on the thread's stack; that is
 * decided before dead code is removed.
 */
static __always_inline void keep_stack(struct pt_regs *ctx)
{
	if (leave)
		bpf_tail_call(ctx, &nowhere, 0);
}

static __always_inline bool is_counting(__u64 now)
{
	return now < *(const volatile __u64 *)&counting_until;
}

static __always_inline bool wanted(const struct task_struct *task)
{
	__u32 tgid = task->tgid;

	if (only_tgid)
		return tgid == only_tgid;
	return !use_targets || bpf_map_lookup_elem(&targets, &tgid);
}

/* A program may be preempted by another on the same CPU, so that even per-CPU counters need atomics. */
static __always_inline void count(__u32 stat, __u64 n)
{
	__u64 *value = bpf_map_lookup_elem(&stats, &stat);

	if (value)
		__sync_fetch_and_add(value, n);
}

static __always_inline __u64 run_delay(const struct task_struct *task)
{
	return bpf_core_field_exists(task->sched_info.run_delay) ? task->sched_info.run_delay : 0;
}

/* Splits the time that the thread was off the CPU. Without the kernel's account of waiting it all counts as blocked. */
static __always_inline void split_off_time(struct lprof_thread *thread, const struct task_struct *task)
{
	thread->switched = false;
	thread->times.waiting_ns = run_delay(task) - thread->delay_ns;
	thread->times.blocked_ns = thread->off_ns - thread->times.waiting_ns;
}

/* A context switch may change it at any moment. */
static __always_inline __u64 read_off_ns(const struct lprof_thread *thread)
{
	return *(const volatile __u64 *)&thread->off_ns;
}

static __always_inline void note_owner(struct lprof_thread *thread, const struct task_struct *task)
{
	struct lprof_owner owner = {.tgid = task->tgid, .tid = by == LPROF_BY_THREAD ? task->pid : 0};

	thread->owner = by == LPROF_BY_THREAD ? thread->serial : thread->tgid;
	if (bpf_map_lookup_elem(&owners, &thread->owner))
		return;
	bpf_get_current_comm(owner.comm, sizeof(owner.comm));
	bpf_map_update_elem(&owners, &thread->owner, &owner, BPF_ANY);
}

static __always_inline void begin_thread(struct lprof_thread *thread, const struct task_struct *task, __u64 now)
{
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
	if (thread->switched)
		split_off_time(thread, task);
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
 * A hit that would have taken OWN, in units of speed_ns, in the newest frame: the quickest tell the processor's speed.
 */
static __always_inline void adjust_speed(struct lprof_thread *thread, __u64 own)
{
	if (own < thread->speed_ns)
		thread->speed_ns -= (thread->speed_ns - own) >> DOWN_SHIFT;
	else
		thread->speed_ns += (own - thread->speed_ns) >> UP_SHIFT;
}

/*
 * Takes note of how long the program took for a hit on PATH. Of all hits of the thread, the quickest tell the speed of
 * the processor, which changes within milliseconds. Where the program takes much longer than that, the kernel does too,
 * since branches are mispredicted and caches cold; a little longer says something of the program's own data only. This
 * is kept by edge, since what runs before differs with that.
 */
static __always_inline void measure_speed(struct lprof_thread *thread, __u64 *slowness, __u64 self_ns,
					  enum lprof_path path)
{
	__u64 own, ratio;

	if (!prices.self_ns || self_ns > SELF_LIMIT * (__u64)prices.self_ns)
		return; /* it was interrupted: that says nothing of the speed */
	own = (self_ns << (LPROF_RATIO_BITS + SPEED_BITS)) / prices.path_ratio[path];
	adjust_speed(thread, own);
	ratio = (own << LPROF_RATIO_BITS) / (thread->speed_ns | 1);
	*slowness = *slowness ? *slowness - (*slowness >> SLOWNESS_SHIFT) + (ratio >> SLOWNESS_SHIFT) : ratio;
}

/* What the program takes for a hit at present, in the newest frame, where the kernel is as slow as it. */
static __always_inline __u64 present_speed(const struct lprof_thread *thread, __u64 slowness)
{
	__u64 ns = thread->speed_ns >> SPEED_BITS;

	return slowness > TOLERANCE ? times_ratio(ns, slowness - TOLERANCE + (1 << LPROF_RATIO_BITS)) : ns;
}

#endif

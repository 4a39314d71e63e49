/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profiled thread and its clocks: what a program that is attached to probes and the programs beside it
 * (context switches, samples, ends) know of a thread. Included once by each BPF program.
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

#define BREAKPOINT	  0xcc
#define NOT_A_SYSTEM_CALL -1 /* pt_regs.orig_ax in an exception's handler */
#define REPNE		  0xf2
#define REP		  0xf3
#define SELF_LIMIT	  8 /* a hit during which something else happened takes so many times as long */
#define MEASURE_EACH	  8 /* hits: one is measured; a power of two */
#define SPEED_BITS	  8 /* after the point of lprof_thread.speed_ns */
#define DOWN_SHIFT	  3 /* a quicker hit moves the speed by an eighth of the difference, */
#define UP_SHIFT	  6 /* a slower one by a sixty-fourth: about one in ten is quicker */
#define SLOWNESS_SHIFT	  2 /* a measuring moves the mean by a quarter */
#define TOLERANCE	  (113 * (1 << LPROF_RATIO_BITS) / 100) /* a ratio that still says nothing */

/* Set before loading. */
const volatile struct lprof_prices prices = {};
const volatile __u32 by = LPROF_BY_NOTHING; /* enum lprof_by */

/*
 * Probes are put in and taken out one by one while the target runs; counting begins when all are in and
 * ends before the first is out, so that counts of different sites can be compared.
 */
bool counting = false;

__u64 sample_ns = 0; /* the period of samples */

__u32 last_serial = 0; /* of threads */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lprof_thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct lprof_thread);
} ended SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* resized before loading where owners are told apart */
	__type(key, __u32);
	__type(value, struct lprof_owner);
} owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LPROF_STATS);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

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
	if (own < thread->speed_ns)
		thread->speed_ns -= (thread->speed_ns - own) >> DOWN_SHIFT;
	else
		thread->speed_ns += (own - thread->speed_ns) >> UP_SHIFT;
	ratio = (own << LPROF_RATIO_BITS) / (thread->speed_ns | 1);
	*slowness = *slowness ? *slowness - (*slowness >> SLOWNESS_SHIFT) + (ratio >> SLOWNESS_SHIFT) : ratio;
}

/* What the program takes for a hit at present, in the newest frame, where the kernel is as slow as it. */
static __always_inline __u64 present_speed(const struct lprof_thread *thread, __u64 slowness)
{
	__u64 ns = thread->speed_ns >> SPEED_BITS;

	return slowness > TOLERANCE ? times_ratio(ns, slowness - TOLERANCE + (1 << LPROF_RATIO_BITS)) : ns;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(lprof_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, prev, NULL, 0);

	if (thread)
		thread->off_since_ns = bpf_ktime_get_ns();
	thread = bpf_task_storage_get(&threads, next, NULL, 0);
	if (thread && thread->off_since_ns) {
		thread->off_ns += bpf_ktime_get_ns() - thread->off_since_ns;
		thread->off_since_ns = 0;
		thread->switched = true;
	}
	return 0;
}

static __always_inline bool goes_on_at(const struct lprof_thread *thread, __u64 ip)
{
	return ip == thread->resume[0] || ip == thread->resume[1];
}

static __always_inline bool is_stepping(struct task_struct *task)
{
	return BPF_CORE_READ(task, utask, active_uprobe);
}

/* A string instruction stays where it is for as long as it takes. */
static __always_inline bool is_repeating(__u64 ip)
{
	__u8 code = 0;

	bpf_probe_read_user(&code, sizeof(code), (const void *)ip);
	return code == REP || code == REPNE;
}

/* Whether the interrupted thread was handling a probe, or was kept from being interrupted by that. */
static __always_inline bool is_in_probe(struct bpf_perf_event_data *ctx, const struct lprof_thread *thread,
					struct task_struct *task)
{
	__u64 ip = ctx->regs.ip;
	const struct pt_regs *regs;
	__u8 code[2] = {};

	if (is_stepping(task))
		return true;
	if ((__s64)ip >= 0) /* the kernel's addresses are the upper half */
		return goes_on_at(thread, ip) && !is_repeating(ip);
	regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	if ((long)regs->orig_ax != NOT_A_SYSTEM_CALL)
		return false;
	if (goes_on_at(thread, regs->ip))
		return true;
	/* At the probe or just behind it, in which order depends on how far the handler has come. */
	bpf_probe_read_user(code, sizeof(code), (const void *)(regs->ip - 1));
	return code[0] == BREAKPOINT || code[1] == BREAKPOINT;
}

SEC("perf_event")
int lprof_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);
	__u64 period = sample_ns; /* not ctx->sample_period, which does not follow when it is changed */

	if (!counting || !thread)
		return 0;
	count(LPROF_STAT_SAMPLES, 1);
	count(LPROF_STAT_SAMPLED_NS, period);
	if (!is_in_probe(ctx, thread, task)) {
		thread->times.program_ns += period;
		return 0;
	}
	count(LPROF_STAT_SAMPLED_PROBE_NS, period);
	return 0;
}

/* What the thread still has under way ends here; user space charges it up to now. */
static __always_inline void end_thread(struct lprof_thread *thread, const struct task_struct *task)
{
	__u32 serial = thread->serial;

	if (!serial || thread->ended_ns)
		return;
	thread->ended_ns = bpf_ktime_get_ns();
	split_off_time(thread, task);
	thread->times.cpu_ns = thread->ended_ns - thread->off_ns;
	count(LPROF_STAT_CPU_NS, thread->times.cpu_ns - thread->first_ns);
	count(LPROF_STAT_PROBE_NS, thread->times.probe_ns);
	if (thread->newest.cfa || thread->suspended)
		bpf_map_update_elem(&ended, &serial, thread, BPF_ANY);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(lprof_exit, struct task_struct *task)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);

	if (thread) {
		const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);

		thread->sp = regs->sp;
		end_thread(thread, task);
	}
	return 0;
}

/* The stack is the new program's already. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(lprof_exec, struct task_struct *task)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);

	if (thread) {
		end_thread(thread, task);
		bpf_task_storage_delete(&threads, task);
	}
	return 0;
}

/* Writes out the threads that have not ended, as they are now. */
SEC("iter/task")
int lprof_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct lprof_thread *thread, now;
	const struct pt_regs *regs;

	if (!task)
		return 0;
	thread = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!thread || !thread->serial || thread->ended_ns)
		return 0;
	now = *thread;
	split_off_time(&now, task);
	regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	now.sp = regs->sp;
	bpf_seq_write(ctx->meta->seq, &now, sizeof(now));
	return 0;
}

#endif

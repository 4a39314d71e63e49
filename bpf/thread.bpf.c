// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to threads outside of probes: context switches, samples, the ends of threads. Also the iterator that
 * tells user space of the threads that are still there.
 */
#include "thread.bpf.h"

#define BREAKPOINT	  0xcc
#define NOT_A_SYSTEM_CALL -1 /* value of pt_regs.orig_ax when an exception led into the kernel */
#define REPNE		  0xf2
#define REP		  0xf3

__u64 sample_ns = 0; /* the period of samples */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct lprof_thread);
} ended SEC(".maps");

/* Notes how far the clocks are apart on this CPU, to which TASK is being switched: just now it began to run. */
static __always_inline void note_clock_lead(const struct task_struct *task, __u64 now)
{
	__u32 zero = 0;
	__u64 *lead = bpf_map_lookup_elem(&clock_leads, &zero);

	if (lead)
		*lead = now - task->se.exec_start;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(lprof_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, prev, NULL, 0);

	if (thread && thread->serial) {
		struct off_view view = view_of(prev);

		off_time__leave(thread, &view);
	}
	thread = bpf_task_storage_get(&threads, next, NULL, 0);
	if (thread && thread->serial) {
		struct off_view view = view_of(next);

		off_time__resume(thread, &view);
		note_clock_lead(next, view.now_ns);
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

/*
 * Whether a repeated string instruction is at IP. While one is executed, the instruction pointer stays on it, so a
 * sample there is the target's time even if the instruction follows a probe.
 */
static __always_inline bool is_repeating(__u64 ip)
{
	__u8 code = 0;

	bpf_probe_read_user(&code, sizeof(code), (const void *)ip);
	return code == REP || code == REPNE;
}

/* Whether the sample is the probe's: taken while a probe was handled, or delayed by that until right behind it. */
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
	/* The saved ip is on the breakpoint or just behind it, depending on how far its handler has come. */
	bpf_probe_read_user(code, sizeof(code), (const void *)(regs->ip - 1));
	return code[0] == BREAKPOINT || code[1] == BREAKPOINT;
}

SEC("perf_event")
int lprof_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);
	__u64 period = sample_ns; /* ctx->sample_period keeps its first value when the period is changed */

	if (!thread || !is_counting(bpf_ktime_get_ns()))
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

/* Records the end of the thread. User space charges the calls that it had not returned from up to this moment. */
static __always_inline void end_thread(struct lprof_thread *thread, const struct task_struct *task)
{
	__u32 serial = thread->serial;

	if (!serial || thread->ended_ns)
		return;
	account_switches(thread, task);
	thread->ended_ns = bpf_ktime_get_ns();
	thread->times.cpu_ns = thread->ended_ns - thread->off_ns;
	count(LPROF_STAT_CPU_NS, thread->times.cpu_ns - thread->first_ns);
	count(LPROF_STAT_PROBE_NS, thread->times.probe_ns);
	if (thread->newest.cfa || thread->interpreted.cfa || thread->suspended)
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

/* Leaves thread->sp at 0, so that no frame counts as gone: the stack is already that of the new program. */
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
	struct off_view view;

	if (!task)
		return 0;
	thread = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!thread || !thread->serial || thread->ended_ns)
		return 0;
	now = *thread;
	view = view_of(task);
	off_time__settle(&now, &view, task->on_cpu);
	split_off_time(&now, task);
	regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	now.sp = regs->sp;
	bpf_seq_write(ctx->meta->seq, &now, sizeof(now));
	return 0;
}

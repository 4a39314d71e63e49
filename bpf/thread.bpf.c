// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens to threads outside of probes: context switches, the ends of threads. Also the iterator that
 * tells user space of the threads that are still there.
 */
#include "frame.bpf.h"
#include "target_time.bpf.h"

#define SIGSTOP	     19
#define SIGTTOU	     22
#define RT_SIGRETURN 15	 /* a system call */
#define UCONTEXT_RIP 168 /* offset of the instruction pointer in a `struct ucontext` */

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
	struct lprof_thread *thread;

	if (budgeted)
		target_time__switch(next);
	thread = bpf_task_storage_get(&threads, prev, NULL, 0);
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

/* A process that is forked from a target has its memory, breakpoints included. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(lprof_copied, struct task_struct *parent, struct task_struct *child)
{
	if (child->mm != parent->mm && wanted(parent))
		__sync_fetch_and_add(&gate.copies, 1);
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
	count(LPROF_STAT_ELAPSED_NS, thread->ended_ns - thread->first_ns);
	count(LPROF_STAT_PROBE_NS, thread->times.probe_ns);
	if (is_direct(&thread->newest)) {
		end_pass(&thread->newest, thread->owner);
		thread->newest.cfa = 0;
	}
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

/* A signal is about to be handled, or to end the thread. A handler may not return. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(lprof_signal, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);

	/* Those that stop a process until it is continued interrupt nothing. */
	if (!action->sa.sa_handler && number >= SIGSTOP && number <= SIGTTOU)
		return 0;
	if (thread && thread->serial)
		stop_frame(thread, regs, regs->ip);
	return 0;
}

/*
 * A signal handler returns: the frame that the signal stopped goes on. The stack pointer is at the `struct ucontext`
 * from which the kernel takes where.
 */
SEC("tp_btf/sys_enter")
int BPF_PROG(lprof_sigreturn, const struct pt_regs *regs, long id)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread;
	struct lprof_frame_key key;
	struct lprof_frame *frame;
	__u64 ip;

	if (id != RT_SIGRETURN)
		return 0;
	thread = bpf_task_storage_get(&threads, task, NULL, 0);
	if (!thread || !thread->stopped_ip ||
	    bpf_probe_read_user(&ip, sizeof(ip), (const void *)(regs->sp + UCONTEXT_RIP)) || ip != thread->stopped_ip)
		return 0;
	key = (struct lprof_frame_key){thread->stopped_cfa, thread->tgid, thread->stopped_body};
	frame = &thread->newest;
	if (frame->cfa != key.cfa || frame->body != key.body)
		frame = bpf_map_lookup_elem(&frames, &key);
	if (frame && frame->cfa)
		frame->stopped = LPROF_NOT_STOPPED;
	thread->stopped_ip = 0;
	return 0;
}

/* Where a thread is made ready to be written out: it is too large for a program's stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lprof_thread);
} written SEC(".maps");

/*
 * Writes out the threads that have not ended, as they are now. When counting is over, it also settles for good where
 * their frames are: once the probes are out, nobody can tell.
 */
SEC("iter/task")
int lprof_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct lprof_thread *thread, *now;
	const struct pt_regs *regs;
	struct off_view view;
	__u32 zero = 0;
	__u64 ip;

	if (!task)
		return 0;
	thread = bpf_task_storage_get(&threads, task, NULL, 0);
	now = bpf_map_lookup_elem(&written, &zero);
	if (!thread || !thread->serial || thread->ended_ns || !now)
		return 0;
	regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	ip = place_of(task, thread, regs);
	if (!is_counting(bpf_ktime_get_ns()))
		settle_frame(thread, regs, ip);
	*now = *thread;
	view = view_of(task);
	off_time__settle(now, &view, is_on_cpu(task));
	split_off_time(now, task);
	now->sp = regs->sp;
	stop_frame(now, regs, ip);
	bpf_seq_write(ctx->meta->seq, now, sizeof(*now));
	return 0;
}

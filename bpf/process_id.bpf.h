/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IDs of processes and threads as the profiler knows them. Inside a container that has its own PID namespace they
 * differ from the kernel's own IDs, which are those of the initial namespace.
 */
#ifndef LPROF_BPF_PROCESS_ID_H
#define LPROF_BPF_PROCESS_ID_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define DEEPEST_PID_NAMESPACE 32 /* MAX_PID_NS_LEVEL; the level of the initial namespace is 0 */

/* Set before loading: the inode number of the profiler's PID namespace; 0: that is the initial one. */
const volatile __u32 pid_namespace = 0;

/*
 * The number that the struct pid at ADDRESS has in the profiler's PID namespace; 0: it has none there. A function of
 * its own, so that it is verified once.
 */
__noinline int number_in_namespace(__u64 address)
{
	const struct pid *pid = (const struct pid *)address;
	const char *numbers = (const char *)&pid->numbers;
	__u32 deepest = BPF_CORE_READ(pid, level);

	for (__u32 level = 1; level <= DEEPEST_PID_NAMESPACE && level <= deepest; level++) {
		struct upid number = {};

		bpf_probe_read_kernel(&number, sizeof(number), numbers + level * sizeof(number));
		if (BPF_CORE_READ(number.ns, ns.inum) == pid_namespace)
			return number.nr;
	}
	return 0;
}

/* The ID of the process that TASK belongs to; 0: the profiler does not see the process. */
static __always_inline __u32 process_id(const struct task_struct *task)
{
	return pid_namespace ? (__u32)number_in_namespace((__u64)BPF_CORE_READ(task, group_leader, thread_pid))
			     : (__u32)task->tgid;
}

/* The same of the thread. */
static __always_inline __u32 thread_id(const struct task_struct *task)
{
	return pid_namespace ? (__u32)number_in_namespace((__u64)BPF_CORE_READ(task, thread_pid)) : (__u32)task->pid;
}

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The CPU clock: time that profiled threads spend off the processor, taken at context switches. Loaded only
 * when asked for, since it runs at every context switch of the machine. A program of its own because it
 * needs the kernel's type information (BTF), which native.bpf.c does not.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lprof.h"

/* native.bpf.c's map; put in its place before loading. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct lprof_thread);
} threads SEC(".maps");

SEC("raw_tp/sched_switch")
int lprof_switch(struct bpf_raw_tracepoint_args *ctx)
{
	const struct task_struct *next = (const struct task_struct *)ctx->args[2];
	__u32 previous_tid = bpf_get_current_pid_tgid(), next_tid = BPF_CORE_READ(next, pid);
	struct lprof_thread *thread = bpf_map_lookup_elem(&threads, &previous_tid);
	__u64 now = bpf_ktime_get_ns();

	if (thread)
		thread->off_since_ns = now;
	thread = bpf_map_lookup_elem(&threads, &next_tid);
	if (thread && thread->off_since_ns) {
		thread->off_ns += now - thread->off_since_ns;
		thread->off_since_ns = 0;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

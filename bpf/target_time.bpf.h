/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the targets' threads have been on a processor, kept for each processor at context switches. */
#ifndef LPROF_BPF_TARGET_TIME_H
#define LPROF_BPF_TARGET_TIME_H

#include "gate.bpf.h"

const volatile bool clock_listed = false; /* the targets are the processes in `clocked`, rather than those wanted */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* resized before loading where it is used */
	__type(key, __u32);
	__type(value, __u8);
} clocked SEC(".maps");

static __always_inline bool is_clocked(const struct task_struct *task)
{
	__u32 tgid;

	if (!clock_listed)
		return wanted(task);
	tgid = process_id(task);
	return bpf_map_lookup_elem(&clocked, &tgid);
}

static __always_inline struct lprof_target_time *current_target_time(void)
{
	return &gate.times[bpf_get_smp_processor_id() & (LPROF_TARGET_TIMES - 1)];
}

/* NEXT begins to run on this processor. */
static __always_inline void target_time__switch(const struct task_struct *next)
{
	struct lprof_target_time *time = current_target_time();
	__u64 now = bpf_ktime_get_ns(), since = time->since_ns, closed = *(volatile __u64 *)&gate.closed_ns;

	if (since)
		time->total_ns += now - since;
	if (since && closed && now > closed)
		time->after_ns += now - (since > closed ? since : closed);
	time->since_ns = is_clocked(next) ? now : 0;
}

/* TASK runs on this processor, which is seen by a timer: perhaps it has since before the program was there. */
static __always_inline void target_time__see(const struct task_struct *task)
{
	struct lprof_target_time *time = current_target_time();

	if (!time->since_ns && is_clocked(task))
		time->since_ns = bpf_ktime_get_ns();
}

#endif

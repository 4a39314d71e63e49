// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that the targets start, and these in turn, and which programs they run. They are not profiled; user space
 * says so where it matters. These programs are loaded only where the targets are known by their process IDs.
 */
#include "thread.bpf.h"

/* The program that each of these processes and each target runs, by process ID. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct lprof_program);
} kin SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct lprof_program);
	__type(value, struct lprof_program_users);
} kin_programs SEC(".maps");

/* Process TGID begins to run PROGRAM, and N more processes beside the targets run it. */
static __always_inline void begin_program(__u32 tgid, const struct lprof_program *program, __u32 n)
{
	struct lprof_program_users *users = bpf_map_lookup_elem(&kin_programs, program);
	struct lprof_program_users fresh = {.n = n, .last = tgid};

	bpf_map_update_elem(&kin, &tgid, program, BPF_ANY);
	if (!users && !bpf_map_update_elem(&kin_programs, program, &fresh, BPF_NOEXIST))
		return;
	if (!users) /* it was added just now */
		users = bpf_map_lookup_elem(&kin_programs, program);
	if (!users)
		return;
	__sync_fetch_and_add(&users->n, n);
	users->last = tgid;
}

/* A process that executes another program does not count for the one before. */
static __always_inline void leave_program(const struct lprof_program *program)
{
	struct lprof_program_users *users = bpf_map_lookup_elem(&kin_programs, program);

	if (users)
		__sync_fetch_and_add(&users->n, -1);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(lprof_fork, struct task_struct *parent, struct task_struct *child)
{
	__u32 from = process_id(parent), to = process_id(child);
	struct lprof_program program = {};
	const struct lprof_program *known;

	if (from == to) /* a thread */
		return 0;
	known = bpf_map_lookup_elem(&kin, &from);
	if (!is_counting(bpf_ktime_get_ns()) || (!known && !wanted(parent))) {
		/* It may have the process ID of one that was known. */
		bpf_map_delete_elem(&kin, &to);
		return 0;
	}
	if (known)
		program = *known;
	begin_program(to, &program, 1);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(lprof_kin_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct lprof_program program = {.ino = bprm->file->f_inode->i_ino, .size = bprm->file->f_inode->i_size};
	const struct lprof_program *known;
	bool target = wanted(task);
	__u32 tgid = process_id(task);

	known = bpf_map_lookup_elem(&kin, &tgid);
	if (!target && !known)
		return 0;
	if (!target)
		leave_program(known);
	begin_program(tgid, &program, !target);
	return 0;
}

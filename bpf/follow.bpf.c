// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that a command starts, and these in turn. Each is held where it has not executed anything yet that could be
 * counted, until user space has put probes into it: a child right after fork(2) if its parent has probes, and whoever
 * executes another program right before that program's first instruction. It is held by SIGSTOP. User space, or the
 * keeper when user space is gone, continues those that are in `held`.
 *
 * With a cgroup, processes that come into it are followed too: those that are moved there, and those that are forked
 * into it. They are not held. The cgroup and those below it are known by their IDs. To these, the program that sees a
 * new cgroup adds it before any process can be in it.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "lprof.h"
#include "process_id.bpf.h"

/* Set before loading: */
const volatile bool never_hold = false;		 /* only tell of them, and let them run */
const volatile __u32 held_user = LPROF_ANY_USER; /* hold those of this user only */
const volatile bool by_cgroup = false;		 /* follow all processes of `followed_cgroups` */

#define SIGNAL_STOP_STOPPED 1 /* a flag of struct signal_struct: the process is stopped */

/* The processes that are followed, by process ID. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct lprof_followed);
} followed SEC(".maps");

/* Programs in which there is nothing to probe: who executes them is not held. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct lprof_program);
	__type(value, __u8);
} passed_over SEC(".maps");

/* Since when processes are held, by the monotonic clock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} held SEC(".maps");

/* The IDs of the cgroups whose processes are followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u8);
} followed_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lprof_awaited_cgroup);
} awaited_cgroup SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} follow_events SEC(".maps");

/* Since Linux 6.13; weak, since the object is loaded by older kernels as well, without the program that calls it. */
extern int bpf_send_signal_task(struct task_struct *task, int sig, enum pid_type type, __u64 value) __ksym __weak;

/* How a process is stopped. */
enum stopping { STOP_CURRENT, STOP_OTHER, STOP_NOT };

/* Stops TASK, the process TGID, before it executes anything more of its program. Whether that was possible. */
static __always_inline bool stop(struct task_struct *task, __u32 tgid, enum stopping how)
{
	__u64 now = bpf_ktime_get_ns();
	int err;

	if (held_user != LPROF_ANY_USER && BPF_CORE_READ(task, real_cred, uid.val) != held_user)
		return false;
	/* Who traces it would take the stop for his own. */
	if (never_hold || how == STOP_NOT || BPF_CORE_READ(task, ptrace) ||
	    bpf_map_update_elem(&held, &tgid, &now, BPF_ANY))
		return false;
	err = how == STOP_CURRENT ? bpf_send_signal(SIGSTOP) : bpf_send_signal_task(task, SIGSTOP, PIDTYPE_TGID, 0);
	if (err)
		bpf_map_delete_elem(&held, &tgid);
	return !err;
}

/* Which of the ancestors of TASK are stopped, as in lprof_follow_event. */
static __always_inline __u32 stopped_ancestors(struct task_struct *task)
{
	__u32 stopped = 0;

	for (int i = 0; i < LPROF_FOLLOW_ANCESTORS; i++) {
		task = BPF_CORE_READ(task, real_parent);
		stopped |= (BPF_CORE_READ(task, signal, flags) & SIGNAL_STOP_STOPPED) << i;
	}
	return stopped;
}

/*
 * Holds TASK, the process TGID, and says so. Without room to say so it is not held. Returns whether it is.
 */
static __always_inline bool hold(struct task_struct *task, __u32 tgid, __u32 parent, __u32 kind, enum stopping how)
{
	struct lprof_follow_event *event = bpf_ringbuf_reserve(&follow_events, sizeof(*event), 0);
	bool stopped;

	if (!event)
		return false;
	*event = (struct lprof_follow_event){
		.kind = kind, .tgid = tgid, .parent = parent, .stopped = stopped_ancestors(task)};
	stopped = stop(task, tgid, how);
	if (!stopped)
		event->kind |= LPROF_FOLLOW_NOT_HELD;
	bpf_ringbuf_submit(event, 0);
	return stopped;
}

/* TASK, the process TGID, may have come into one of the cgroups. If it has, it is followed from now on. */
static __always_inline void look_at_cgroup(struct task_struct *task, __u32 tgid, __u32 parent)
{
	struct lprof_followed fresh = {.parent = parent, .flags = LPROF_FOLLOWED_UNSURE};
	__u64 id;

	if (!by_cgroup || !tgid)
		return;
	id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	if (bpf_map_lookup_elem(&followed_cgroups, &id) && !bpf_map_update_elem(&followed, &tgid, &fresh, BPF_NOEXIST))
		hold(task, tgid, parent, LPROF_FOLLOW_ENTERED, STOP_NOT);
}

/* CHILD has not run yet. */
static __always_inline int follow_child(const struct task_struct *parent, struct task_struct *child, enum stopping how)
{
	__u32 from = process_id(parent), to = process_id(child);
	struct lprof_followed fresh = {.parent = from};
	const struct lprof_followed *known;
	bool probed, unsure;

	if (from == to) /* a thread */
		return 0;
	known = bpf_map_lookup_elem(&followed, &from);
	if (!known) {
		look_at_cgroup(child, to, from);
		return 0;
	}
	/* A child of vfork(2) has its parent's memory until it executes a program or ends. */
	probed = known->flags & LPROF_FOLLOWED_PROBED && child->mm != parent->mm;
	unsure = known->flags & LPROF_FOLLOWED_UNSURE && child->mm != parent->mm;
	fresh.flags = probed ? LPROF_FOLLOWED_PROBED : unsure ? LPROF_FOLLOWED_UNSURE : 0;
	bpf_map_update_elem(&followed, &to, &fresh, BPF_ANY);
	if (probed || unsure)
		hold(child, to, from, LPROF_FOLLOW_FORKED, probed ? how : STOP_NOT);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(lprof_follow_fork, struct task_struct *parent, struct task_struct *child)
{
	return follow_child(parent, child, STOP_OTHER);
}

/* Instead, where the child cannot be stopped. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(lprof_follow_running, struct task_struct *parent, struct task_struct *child)
{
	return follow_child(parent, child, STOP_NOT);
}

static __always_inline __u64 group_of(const struct task_struct *task)
{
	return (__u64)BPF_CORE_READ(task, signal, pids[PIDTYPE_PGID]);
}

static __always_inline __u64 session_of(const struct task_struct *task)
{
	return (__u64)BPF_CORE_READ(task, signal, pids[PIDTYPE_SID]);
}

/*
 * Whether the process is a job of a shell that controls jobs: it has been put into a process group of its own. The
 * shell would take a stop of it for the user's.
 */
static __always_inline bool is_job(const struct task_struct *task)
{
	const struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	return group_of(task) != group_of(parent) && session_of(task) == session_of(parent);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(lprof_follow_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct lprof_program program = {.ino = bprm->file->f_inode->i_ino, .size = bprm->file->f_inode->i_size};
	__u32 tgid = process_id(task), kind = LPROF_FOLLOW_EXECUTED;
	struct lprof_followed *known = bpf_map_lookup_elem(&followed, &tgid);
	bool awaited;

	if (!known)
		return 0;
	awaited = known->flags & LPROF_FOLLOWED_AWAITED;
	if (awaited && known->program.ino == program.ino && known->program.size == program.size) {
		known->flags = LPROF_FOLLOWED_PROBED;
		return 0;
	}
	known->flags &= LPROF_FOLLOWED_AWAITED;
	if (old_pid != task->tgid)
		kind |= LPROF_FOLLOW_OTHER_THREAD;
	if (!bpf_map_lookup_elem(&passed_over, &program) &&
	    !hold(task, tgid, known->parent, kind, is_job(task) ? STOP_NOT : STOP_CURRENT))
		known->flags |= LPROF_FOLLOWED_UNSURE;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(lprof_follow_exit, struct task_struct *task)
{
	__u32 tgid = process_id(task);

	if (!BPF_CORE_READ(task, signal, live.counter)) {
		bpf_map_delete_elem(&followed, &tgid);
		bpf_map_delete_elem(&held, &tgid);
	}
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(lprof_follow_move, struct cgroup *cgroup, const char *path, struct task_struct *task)
{
	look_at_cgroup(task, process_id(task), process_id(task->real_parent));
	return 0;
}

static __always_inline __u64 id_of(const struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, kn, id);
}

/* Whether CGROUP, which has just been made in the one with ID PARENT, is the one that is awaited. */
static __always_inline bool is_awaited(const struct cgroup *cgroup, __u64 parent)
{
	const struct lprof_awaited_cgroup *awaited;
	char name[LPROF_CGROUP_NAME] = {};
	__u32 zero = 0;

	awaited = bpf_map_lookup_elem(&awaited_cgroup, &zero);
	if (!awaited || !awaited->parent || awaited->parent != parent ||
	    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(cgroup, kn, name)) < 0)
		return false;
	for (int i = 0; i < LPROF_CGROUP_NAME; i++) {
		if (name[i] != awaited->name[i])
			return false;
		if (!name[i])
			return true;
	}
	return false;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(lprof_follow_made, struct cgroup *cgroup, const char *path)
{
	__u64 parent = BPF_CORE_READ(cgroup, self.parent, cgroup, kn, id), id = id_of(cgroup);
	const __u8 yes = 1;

	/* The numbers of other hierarchies are others' own. */
	if (BPF_CORE_READ(cgroup, root, hierarchy_id))
		return 0;
	if (bpf_map_lookup_elem(&followed_cgroups, &parent) || is_awaited(cgroup, parent))
		bpf_map_update_elem(&followed_cgroups, &id, &yes, BPF_ANY);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(lprof_follow_removed, struct cgroup *cgroup, const char *path)
{
	__u64 id = id_of(cgroup);

	if (!BPF_CORE_READ(cgroup, root, hierarchy_id))
		bpf_map_delete_elem(&followed_cgroups, &id);
	return 0;
}

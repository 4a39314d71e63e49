// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and times the edges between probed instructions of native functions.
 *
 * At each hit: find the frame by its canonical frame address, charge the time since the frame's last
 * hit to the edge travelled, evaluate which way control leaves, count that departure. No return
 * probes, no shadow stack: a frame that was abandoned (exception, longjmp) is simply never hit again.
 *
 * Time is the wall clock; beside it runs the calibrated cost of all probe hits of the thread so far. An
 * edge gets the difference of both, so that user space can take off what probes in callees, recursion
 * and nested profiled functions cost, at the price that this run shows to be true.
 *
 * The program has no CO-RE relocations: it reads nothing of the kernel but its own context.
 */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "lprof.h"

/* Set before loading. */
const volatile __u32 n_sites = 0;
const volatile __u32 only_tgid = 0;	 /* count only in this process; 0: see use_targets */
const volatile bool use_targets = false; /* count only in the processes that `targets` holds */
const volatile __u32 switch_ns = 0;	 /* calibrated cost of putting aside a frame or taking it up again */

/*
 * Probes are put in and taken out one by one while the target runs; counting begins when all are in and
 * ends before the first is out, so that counts of different sites can be compared.
 */
bool counting = false;

__u32 last_serial = 0; /* of threads */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* resized before loading, as are `edges` and `targets` */
	__type(key, __u32);
	__type(value, struct lprof_site);
} sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct lprof_edge);
} edges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct lprof_thread);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct lprof_frame_key);
	__type(value, struct lprof_frame);
} frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} targets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LPROF_STATS);
	__type(key, __u32);
	__type(value, __u64);
} stats SEC(".maps");

/*
 * Never called. Linux 6.13 and later give a program of this type a stack that is not its thread's but its CPU's, for
 * which nothing else of the same program may run there meanwhile; uprobes do not see to that, and a thread that is
 * preempted by another finds its variables overwritten. Programs that can make a tail call are left on the thread's
 * stack; that is decided before dead code is removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} nowhere SEC(".maps");

const volatile bool leave = false;

/* A program may be preempted by another on the same CPU, so that even per-CPU counters need atomics. */
static __always_inline void count(__u32 stat)
{
	__u64 *value = bpf_map_lookup_elem(&stats, &stat);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline bool wanted(__u32 tgid)
{
	if (only_tgid)
		return tgid == only_tgid;
	return !use_targets || bpf_map_lookup_elem(&targets, &tgid);
}

/* Where struct pt_regs has the register with a DWARF number. */
const volatile __u8 register_offsets[16] = {
	offsetof(struct pt_regs, ax),  offsetof(struct pt_regs, dx),  offsetof(struct pt_regs, cx),
	offsetof(struct pt_regs, bx),  offsetof(struct pt_regs, si),  offsetof(struct pt_regs, di),
	offsetof(struct pt_regs, bp),  offsetof(struct pt_regs, sp),  offsetof(struct pt_regs, r8),
	offsetof(struct pt_regs, r9),  offsetof(struct pt_regs, r10), offsetof(struct pt_regs, r11),
	offsetof(struct pt_regs, r12), offsetof(struct pt_regs, r13), offsetof(struct pt_regs, r14),
	offsetof(struct pt_regs, r15),
};

/* The context can be read directly at constant offsets only; frames are seldom based on other registers. */
static __always_inline __u64 dwarf_register(const struct pt_regs *ctx, __u8 reg)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (const char *)ctx + register_offsets[reg & 15]);
	return value;
}

static __always_inline __u64 frame_address(const struct pt_regs *ctx, const struct lprof_site *site)
{
	__u64 base, stored;

	if (site->cfa_reg == 7)
		base = ctx->sp;
	else if (site->cfa_reg == 6)
		base = ctx->bp;
	else
		base = dwarf_register(ctx, site->cfa_reg);
	base += (__s64)site->cfa_offset;
	if (!(site->flags & LPROF_SITE_CFA_DEREF))
		return base;
	if (bpf_probe_read_user(&stored, sizeof(stored), (const void *)base))
		return 0;
	return stored + (__s64)site->cfa_deref_offset;
}

/* Whether the site's conditional jump will be taken: 1 or 0. */
static __always_inline __u32 branch_taken(const struct pt_regs *ctx, const struct lprof_site *site)
{
	__u64 eflags = ctx->flags;

	if (!site->flags_mask)
		return 0;
	if (site->flags & LPROF_SITE_SF_XOR_OF)
		eflags ^= (eflags >> 4) & 0x80; /* OF is bit 11, SF bit 7 */
	return !!(eflags & site->flags_mask) != !!(site->flags & LPROF_SITE_INVERT);
}

/* Puts aside the thread's newest frame while another one of its frames is running. */
static __always_inline void suspend_frame(const struct lprof_frame *frame, __u32 tgid)
{
	struct lprof_frame_key key = {.cfa = frame->cfa, .tgid = tgid, .body = frame->body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (kept)
		*kept = *frame;
	else if (bpf_map_update_elem(&frames, &key, frame, BPF_ANY))
		count(LPROF_STAT_FRAMES_DROPPED);
}

/* Makes the frame (cfa, body) the thread's newest; with no edge being travelled if it is not known. */
static __always_inline void resume_frame(struct lprof_frame *newest, __u64 cfa, __u32 body, __u32 tgid)
{
	struct lprof_frame_key key = {.cfa = cfa, .tgid = tgid, .body = body};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	if (kept && kept->cfa) {
		*newest = *kept;
		kept->cfa = 0; /* cheaper than deleting it, and it is likely to be suspended again */
		return;
	}
	count(LPROF_STAT_FRAMES_UNKNOWN);
	newest->edge = LPROF_NO_EDGE;
}

static __always_inline void arrive(const struct lprof_thread *thread, __u32 id, __u64 now, __u64 probe_ns)
{
	const struct lprof_frame *frame = &thread->newest;
	struct lprof_edge *edge = bpf_map_lookup_elem(&edges, &frame->edge);

	if (!edge)
		return;
	if (frame->next == id || frame->next == LPROF_NEXT_ANY)
		__sync_fetch_and_add(&edge->arrivals, 1);
	if (frame->owner != thread->serial)
		return; /* a stack that wandered to another thread: the clocks differ */
	__sync_fetch_and_add(&edge->wall_ns, now - frame->since);
	__sync_fetch_and_add(&edge->probe_ns, probe_ns - frame->since_probe_ns);
}

static __always_inline struct lprof_thread *current_thread(__u32 tid, __u32 tgid)
{
	struct lprof_thread *thread = bpf_map_lookup_elem(&threads, &tid);
	struct lprof_thread fresh = {.newest.edge = LPROF_NO_EDGE, .tgid = tgid};

	if (thread && !thread->ended_ns)
		return thread;
	/* Not seen yet, or the thread ID of one that has ended. */
	fresh.serial = __sync_fetch_and_add(&last_serial, 1) + 1;
	bpf_map_update_elem(&threads, &tid, &fresh, BPF_ANY);
	return bpf_map_lookup_elem(&threads, &tid);
}

/* Makes the frame that was hit the thread's newest, whose travelled edge, if any, is known. */
static __always_inline void find_frame(struct lprof_thread *thread, const struct lprof_site *site, __u64 cfa,
				       __u32 tgid)
{
	struct lprof_frame *frame = &thread->newest;

	if (frame->cfa == cfa && frame->body == site->body)
		return;
	if (frame->cfa) {
		suspend_frame(frame, tgid);
		thread->probe_ns += switch_ns;
	}
	if (!(site->flags & LPROF_SITE_ENTRY)) {
		resume_frame(frame, cfa, site->body, tgid);
		thread->probe_ns += switch_ns;
	}
}

static __always_inline void hit(struct pt_regs *ctx, const struct lprof_site *site, __u32 id, __u32 departing)
{
	__u64 pid_tgid = bpf_get_current_pid_tgid(), now, probe_ns, cfa;
	struct lprof_thread *thread = current_thread(pid_tgid, pid_tgid >> 32);
	struct lprof_frame *frame;

	if (!thread) {
		count(LPROF_STAT_FRAMES_DROPPED);
		return;
	}
	frame = &thread->newest;
	now = bpf_ktime_get_ns() - thread->off_ns;
	probe_ns = thread->probe_ns;
	cfa = frame_address(ctx, site);
	find_frame(thread, site, cfa, pid_tgid >> 32);
	if (!(site->flags & LPROF_SITE_ENTRY) && frame->edge != LPROF_NO_EDGE)
		arrive(thread, id, now, probe_ns);

	frame->next = site->next[departing & 1];
	frame->cfa = frame->next == LPROF_NEXT_OUT ? 0 : cfa;
	frame->body = site->body;
	frame->edge = frame->next == LPROF_NEXT_OUT ? LPROF_NO_EDGE : departing;
	frame->owner = thread->serial;
	frame->since = now;
	frame->since_probe_ns = probe_ns;
	thread->sp = ctx->sp;
	thread->probe_ns += site->cost_ns;
}

SEC("uprobe")
int lprof_hit(struct pt_regs *ctx)
{
	__u32 id = bpf_get_attach_cookie(ctx), departing;
	struct lprof_site *site = bpf_map_lookup_elem(&sites, &id);
	struct lprof_edge *edge;

	if (leave)
		bpf_tail_call(ctx, &nowhere, 0);
	if (!counting || !wanted(bpf_get_current_pid_tgid() >> 32))
		return 0;
	if (!site || id >= n_sites) {
		count(LPROF_STAT_MISPLACED);
		return 0;
	}
	departing = 2 * id + branch_taken(ctx, site);
	edge = bpf_map_lookup_elem(&edges, &departing);
	if (edge)
		__sync_fetch_and_add(&edge->departures, 1);
	hit(ctx, site, id, departing);
	return 0;
}

/* What the thread still has under way ends here; user space charges it up to now. */
static __always_inline int end_thread(void)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct lprof_thread *thread = bpf_map_lookup_elem(&threads, &tid);

	if (thread && !thread->ended_ns)
		thread->ended_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tp/sched_process_exit")
int lprof_exit(void *ctx)
{
	return end_thread();
}

SEC("raw_tp/sched_process_exec")
int lprof_exec(void *ctx)
{
	return end_thread();
}

/* The floor: what the kernel costs without us. For benchmarks only. */
SEC("uprobe")
int lprof_empty(struct pt_regs *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gates that bound what probes cost the target, and the account of that cost. See struct lprof_gate.
 *
 * Theory
 *
 * Breakpoints go in and out one by one, while the target runs, so that no two sites would be counted for the same time.
 * A gate is one word that all sites of a set read. So they all begin to count in one moment, and end in one.
 *
 * The price of a hit of the counting program is the same multiple of the program's own time as in thread.bpf.h. But
 * this program knows no thread, so it keeps the median time of its hits for each processor. The median and not the
 * quickest, because a target that does much between two hits leaves the caches cold for the next one: in windows of
 * nginx with one site, hits took 1.6 times what the quickest did, in those with all sites 1.1 times. And not the mean,
 * which holds interrupts: in windows in which the probes took nearly all of the time, that was a sixth too much.
 */
#ifndef LPROF_BPF_GATE_H
#define LPROF_BPF_GATE_H

#include "thread.bpf.h"

const volatile bool budgeted = false; /* set before loading: the gates are obeyed */

const volatile bool can_wake = false; /* set before loading: the kernel lets programs send signals to any process */

struct lprof_gate gate = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lprof_spending);
} spending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} trips SEC(".maps");

const volatile __u32 n_counts = 2;     /* set before loading: numbers in one copy of `counts` */
const volatile __u32 count_copies = 1; /* set before loading; a power of two */

/*
 * Departures on each edge that were counted in windows. There are several copies, because processors that add to the
 * same number wait for each other: two that did took three times as long for a hit.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2); /* enlarged before loading, as are the next two; one site is never used */
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* The group in which a site was put in to stay. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} site_groups SEC(".maps");

/* From when on a group is counted, on the monotonic clock; 0: it is not. Group 0 never is. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} group_opened SEC(".maps");

/* Of the kernel, since Linux 6.13. */
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
extern int bpf_send_signal_task(struct task_struct *task, int sig, enum pid_type type, u64 value) __ksym __weak;

#define SIGCONT	     18
#define WAKE_EACH_NS 10000000

/* Wakes the process that holds the probes if it does not take them out although that is due. */
static __always_inline void look_after_keeper(__u64 now)
{
	__u64 due_ns = *(volatile __u64 *)&gate.due_ns;
	struct task_struct *keeper;

	if (!can_wake || !due_ns || now < due_ns)
		return;
	if (__sync_val_compare_and_swap(&gate.due_ns, due_ns, now + WAKE_EACH_NS) != due_ns)
		return; /* the process has changed it, or another processor */
	keeper = bpf_task_from_pid(gate.keeper);
	if (!keeper)
		return;
	bpf_send_signal_task(keeper, SIGCONT, PIDTYPE_TGID, 0);
	bpf_task_release(keeper);
}

/* The number of an edge in the copy of this processor. */
static __always_inline __u64 *count_of(__u32 edge)
{
	__u32 index = (bpf_get_smp_processor_id() & (count_copies - 1)) * n_counts + edge;

	return bpf_map_lookup_elem(&counts, &index);
}

static __always_inline bool is_before(__u64 now, const __u64 *until)
{
	return now < *(const volatile __u64 *)until;
}

/* Closes a gate, and wakes the process that holds the probes, which takes them out. */
static __always_inline void trip(__u64 *until, enum lprof_trip trip, __u64 now)
{
	struct lprof_tripped record = {.now_ns = now, .trip = trip};

	if (!__sync_lock_test_and_set(until, 0))
		return; /* another hit has done it */
	if (trip == LPROF_TRIP_WINDOW)
		*(volatile __u64 *)&gate.closed_ns = now;
	*(volatile __u64 *)&gate.due_ns = now + WAKE_EACH_NS;
	__sync_fetch_and_or(&gate.tripped, trip);
	bpf_ringbuf_output(&trips, &record, sizeof(record), BPF_RB_FORCE_WAKEUP);
}

static __always_inline struct lprof_spending *current_spending(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&spending, &zero);
}

/* Adds the price of a hit of a probe that stays in. */
static __always_inline void spend_steady(__u64 price_ns, __u64 now)
{
	struct lprof_spending *account = current_spending();
	__u32 slot = now / LPROF_SLOT_NS;
	__u64 spent, limit = gate.steady_limit_ns;

	if (!account)
		return;
	spent = __sync_fetch_and_add(&account->steady_ns, price_ns);
	if (account->slot != slot) {
		account->slot = slot;
		account->slot_base_ns = spent;
	}
	if (limit && spent + price_ns - account->slot_base_ns > limit)
		trip(&gate.steady_until_ns, LPROF_TRIP_STEADY, now);
}

/* Adds the price of a hit of a window's probe while the window is open. */
static __always_inline void spend_in_window(struct lprof_spending *account, __u64 price_ns, __u64 now)
{
	__u64 spent = __sync_fetch_and_add(&account->window_ns, price_ns);

	if (account->window != gate.window) {
		account->window = gate.window;
		account->window_base_ns = spent;
	}
	if (spent + price_ns - account->window_base_ns >= gate.window_limit_ns)
		trip(&gate.window_until_ns, LPROF_TRIP_WINDOW, now);
}

#define MEDIAN_SHIFT 4 /* a measured hit moves speed_ns by a sixteenth of it, so that it soon gets to the median */

/* Adjusts the processor's speed_ns to a hit of the counting program that has taken SELF_NS. */
static __always_inline void measure_count(struct lprof_spending *account, __u64 self_ns)
{
	__u64 own, speed = account->speed_ns;

	if (self_ns > SELF_LIMIT * (__u64)prices.self_ns)
		return; /* the hit was interrupted */
	own = (self_ns << (LPROF_RATIO_BITS + SPEED_BITS)) / (prices.count_self_ratio | 1);
	account->speed_ns = own < speed ? speed - (speed >> MEDIAN_SHIFT) : speed + (speed >> MEDIAN_SHIFT);
}

/* From when on the site is counted, by the group in which it was put in; UINT64_MAX: it is not. */
static __always_inline __u64 opened_at(__u32 id, __u64 now)
{
	const __u64 *group = bpf_map_lookup_elem(&site_groups, &id), *opened;
	__u32 index = group ? *group : 0;
	__u64 opened_ns;

	opened = bpf_map_lookup_elem(&group_opened, &index);
	opened_ns = opened ? *(const volatile __u64 *)opened : 0;

	return opened_ns && is_before(now, &gate.steady_until_ns) ? opened_ns : -1ull;
}

/*
 * Forgets what a frame of a group has travelled if it departed before the group was put in, that is, when its sites
 * were in once before.
 */
static __always_inline void forget_earlier(struct lprof_frame *frame, __u64 opened_ns)
{
	if (!budgeted || wall_ns(&frame->since) >= opened_ns)
		return;
	frame->edge = LPROF_NO_EDGE;
	frame->next = LPROF_NEXT_OUT;
}

#endif

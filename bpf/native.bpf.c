// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and times the edges between probed instructions of native functions.
 *
 * At each hit, the program finds the frame by its canonical frame address, charges the time since the frame's last hit
 * to the edge that was travelled, evaluates the way on which control leaves, and counts that departure. It needs no
 * return probes and no shadow stack: a frame that was left by an exception or longjmp is simply never hit again.
 */
#include "frame.bpf.h"
#include "gate.bpf.h"
#include "registers.bpf.h"

/* Set before loading. */
const volatile __u32 n_sites = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct lprof_edge);
} edges SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* resized before loading when the counters of owners are kept apart */
	__type(key, struct lprof_owned_key);
	__type(value, struct lprof_edge);
} owned_edges SEC(".maps");

static __always_inline __u64 frame_address(const struct pt_regs *ctx, const struct lprof_site *site)
{
	__u64 base, stored;

	if (site->cfa_reg == 7)
		base = ctx->sp;
	else if (site->cfa_reg == 6)
		base = ctx->bp;
	else
		base = read_register(ctx, site->cfa_reg);
	base += (__s64)site->cfa_offset;
	if (!(site->flags & LPROF_SITE_CFA_DEREF))
		return base;
	if (bpf_probe_read_user(&stored, sizeof(stored), (const void *)base))
		return 0;
	return stored + (__s64)site->cfa_deref_offset;
}

/* Where Go's runtime has them since its first release for this processor: the upper end of a goroutine's stack. */
#define GOROUTINE_STACK_END 8

/* Goroutines are aligned to 16 bytes, so that these bits are free for the distance, which is seldom larger. */
#define GOROUTINE_SHIFT 16

/* By what the frame at the address CFA is known; 0: by nothing. Compiled Go code has its goroutine in r14. */
static __always_inline __u64 frame_name(const struct pt_regs *ctx, const struct lprof_site *site, __u64 cfa)
{
	__u64 end;

	if (site->flags & LPROF_SITE_FRAMELESS)
		return 0;
	if (!(site->flags & LPROF_SITE_MOVABLE))
		return cfa;
	if (bpf_probe_read_user(&end, sizeof(end), (const void *)(ctx->r14 + GOROUTINE_STACK_END)))
		return 0;
	return LPROF_FRAME_MOVABLE | ((ctx->r14 << GOROUTINE_SHIFT) ^ (end - cfa));
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

/*
 * Remembers an unwind to SP. It replaces the newest remembered one if that did not unwind higher, since that one then
 * says nothing more.
 */
static __always_inline void note_unwind(struct lprof_thread *thread, __u64 sp)
{
	__u32 n = thread->n_unwinds;

	if (!n || thread->unwinds[(n - 1) & (LPROF_UNWINDS - 1)].sp > sp)
		thread->n_unwinds = ++n;
	thread->unwinds[(n - 1) & (LPROF_UNWINDS - 1)] =
		(struct lprof_unwind){.cpu_ns = thread->times.cpu_ns, .sp = sp};
}

/* A hit: everything that is known of it besides its thread. */
struct hit {
	struct pt_regs *ctx;
	const struct lprof_site *site;
	struct lprof_edge *edge; /* counters of the edge on which the thread departs */
	__u32 id;		 /* of the site */
	__u32 departing;	 /* index of that edge */
	__u64 now;
	__u64 opened_ns; /* from when on the site's group is counted */
	bool measured;	 /* the program's time for this hit is to be measured */
};

/*
 * Makes the frame (CFA) in which the site was hit the thread's newest. Unless the frame begins here, the newest then
 * tells which edge, if any, it has travelled to this site. Returns how the frame was found.
 */
static __always_inline enum lprof_path find_frame(struct lprof_thread *thread, const struct hit *hit, __u64 cfa)
{
	const struct lprof_site *site = hit->site;
	struct lprof_frame *frame = &thread->newest;
	bool same = frame->cfa == cfa && frame->body == site->body, aside = frame->cfa, entry;

	if (same)
		forget_earlier(frame, hit->opened_ns);
	entry = (site->flags & LPROF_SITE_ENTRY) && !(same && frame->next == hit->id);
	if (same && (entry || !(site->flags & LPROF_SITE_BALANCED)))
		end_pass(frame, thread->owner);
	if (same)
		return entry ? LPROF_PATH_ENTRY : LPROF_PATH_NEWEST;
	if (aside && has_left(frame))
		aside = false;
	if (aside) {
		suspend_frame(frame, thread);
		thread->suspended = true;
		if (frame->cfa <= hit->ctx->sp)
			note_unwind(thread, hit->ctx->sp);
	}
	if (entry)
		return aside ? LPROF_PATH_NESTED : LPROF_PATH_ENTRY;
	resume_frame(frame, cfa, site->body, thread->tgid, false);
	forget_earlier(frame, hit->opened_ns);
	if (frame->edge != LPROF_NO_EDGE && !(site->flags & LPROF_SITE_BALANCED))
		end_pass(frame, thread->owner);
	/* That of a goroutine was put aside at once. */
	return aside || (cfa & LPROF_FRAME_MOVABLE) ? LPROF_PATH_SWITCH : LPROF_PATH_RESUME;
}

/* The thread may go on with another goroutine, and another thread with this one, whenever it calls something. */
static __always_inline void leave_goroutine(struct lprof_thread *thread)
{
	struct lprof_frame *frame = &thread->newest;

	if (!(frame->cfa & LPROF_FRAME_MOVABLE) || frame->next == LPROF_NEXT_SURE)
		return;
	suspend_frame(frame, thread);
	thread->suspended = true;
	frame->cfa = 0;
}

/* The counters of an edge for the thread's owner, made if they are not there yet; NULL when the map is full. */
static __always_inline struct lprof_edge *owned_edge(const struct lprof_thread *thread, __u32 edge)
{
	struct lprof_owned_key key = {.edge = edge, .owner = thread->owner};
	struct lprof_edge *owned = bpf_map_lookup_elem(&owned_edges, &key);
	struct lprof_edge fresh = {};

	if (owned)
		return owned;
	bpf_map_update_elem(&owned_edges, &key, &fresh, BPF_NOEXIST);
	owned = bpf_map_lookup_elem(&owned_edges, &key);
	if (!owned)
		count(LPROF_STAT_EDGES_DROPPED, 1);
	return owned;
}

static __always_inline struct lprof_edge *edge_of(const struct lprof_thread *thread, __u32 edge)
{
	return by ? owned_edge(thread, edge) : bpf_map_lookup_elem(&edges, &edge);
}

/*
 * Counts the arrival on the edge that was travelled, and charges the edge with the time since its departure, except for
 * probe_ns, which is not complete yet. Returns the edge if probe_ns is to be charged to it, else NULL.
 */
static __always_inline struct lprof_edge *arrive(const struct lprof_thread *thread, const struct hit *hit)
{
	const struct lprof_frame *frame = &thread->newest;
	const struct lprof_times *now = &thread->times, *since = &frame->since;
	struct lprof_edge *edge = edge_of(thread, frame->edge);

	if (!edge)
		return NULL;
	if (frame->next == hit->id || frame->next == LPROF_NEXT_ANY)
		__sync_fetch_and_add(&edge->arrivals, 1);
	/* A frame that goes on after it was stopped has ended its pass there, see find_frame(). */
	if (frame->variable.kind != LPROF_VARIABLE_NONE &&
	    !(frame->stopped && !(hit->site->flags & LPROF_SITE_BALANCED))) {
		__s64 change = variable_change(frame, hit->ctx);

		__sync_fetch_and_add(&edge->moved, change);
		if (frame->thread != thread->serial ||
		    lprof_variable__is_doubtful(&frame->variable, change, now->cpu_ns - since->cpu_ns))
			doubt_pass(frame, thread->owner);
	}
	/* Another thread took over the stack: of its clocks only the sum can be compared with that of the departure. */
	if (frame->thread != thread->serial) {
		if (frame->cfa & LPROF_FRAME_MOVABLE)
			__sync_fetch_and_add(&edge->times.blocked_ns, wall_ns(now) - wall_ns(since));
		return NULL;
	}
	__sync_fetch_and_add(&edge->times.cpu_ns, now->cpu_ns - since->cpu_ns);
	if (now->blocked_ns != since->blocked_ns)
		__sync_fetch_and_add(&edge->times.blocked_ns, now->blocked_ns - since->blocked_ns);
	if (now->waiting_ns != since->waiting_ns)
		__sync_fetch_and_add(&edge->times.waiting_ns, now->waiting_ns - since->waiting_ns);
	if (now->program_ns != since->program_ns)
		__sync_fetch_and_add(&edge->times.program_ns, now->program_ns - since->program_ns);
	return edge;
}

static __always_inline void depart(struct lprof_thread *thread, const struct hit *hit, __u64 cfa)
{
	const struct lprof_site *site = hit->site;
	struct lprof_frame *frame = &thread->newest;
	__u32 departing = hit->departing;

	frame->next = site->next[departing & 1];
	frame->cfa = frame->next == LPROF_NEXT_OUT ? 0 : cfa;
	frame->body = site->body;
	frame->edge = frame->next == LPROF_NEXT_OUT ? LPROF_NO_EDGE : departing;
	frame->thread = thread->serial;
	frame->since = thread->times;
	frame->stopped = LPROF_NOT_STOPPED;
	begin_variable(frame, &site->variables[departing & 1], hit->ctx);
}

/*
 * Charges the hit's own cost to the thread. OFF_NS is the thread's off_ns when the hit began. Returns how much of the
 * cost lies before hit->now.
 */
static __always_inline __u64 charge_cost(const struct hit *hit, struct lprof_thread *thread, enum lprof_path path,
					 __u64 off_ns)
{
	__u32 ratio = prices.path_ratio[path] + hit->site->kernel;
	__u64 speed_ns;

	if (hit->site->flags & LPROF_SITE_CALL)
		ratio += prices.return_ratio;
	speed_ns = present_speed(thread, hit->edge->slowness);
	if (hit->measured) {
		__u64 end = bpf_ktime_get_ns(), self_ns = end - hit->now - (read_off_ns(thread) - off_ns);

		measure_speed(thread, &hit->edge->slowness, self_ns, path);
		ratio += prices.clock_ratio;
		if (!prices.self_ns) { /* calibrating */
			speed_ns = self_ns;
			thread->times.program_ns += bpf_ktime_get_ns() - end;
		}
	}
	thread->times.probe_ns += times_ratio(speed_ns, ratio);
	if (budgeted)
		spend_steady(times_ratio(speed_ns, ratio), hit->now);
	return times_ratio(speed_ns, prices.pre_ratio);
}

/* Where the thread goes on after the hit. */
static __always_inline void note_way(const struct hit *hit, struct lprof_thread *thread)
{
	thread->call_cfa = hit->site->flags & LPROF_SITE_CALL ? hit->ctx->sp : 0;
	thread->resume[0] = hit->ctx->ip + (__s64)hit->site->resume[0];
	thread->resume[1] = hit->ctx->ip + (__s64)hit->site->resume[1];
}

/* Whether the edge on which the frame departed may lead to the site ID. */
static __always_inline bool is_expected(const struct lprof_frame *frame, __u32 id)
{
	return frame->edge != LPROF_NO_EDGE && (frame->next == id || frame->next == LPROF_NEXT_ANY ||
						frame->next == LPROF_NEXT_SURE || frame->next == LPROF_NEXT_NEAR);
}

/* A hit in the frame NAME, whose address is CFA. */
static __always_inline void handle_in_frame(const struct hit *hit, struct lprof_thread *thread, __u64 name, __u64 cfa,
					    __u64 off_ns)
{
	enum lprof_path path = find_frame(thread, hit, name);
	bool entered = path == LPROF_PATH_ENTRY || path == LPROF_PATH_NESTED;
	__u64 before_ns = thread->newest.since.probe_ns;
	struct lprof_edge *arrived = NULL;

	/* If the call that led here carried no probe, no hit has charged its mispredicted return: charge it here. */
	if (entered && cfa != thread->call_cfa)
		thread->times.probe_ns += times_ratio(prices.self_ns, prices.return_ratio);
	if (!entered && !is_expected(&thread->newest, hit->id))
		begin_pass(hit->site, hit->id, thread->owner);
	if (!entered && thread->newest.edge != LPROF_NO_EDGE)
		arrived = arrive(thread, hit);
	depart(thread, hit, name);
	note_way(hit, thread);
	/* The part before hit->now goes to the edge that was travelled, the rest to the one that is departed now. */
	thread->newest.since.probe_ns += charge_cost(hit, thread, path, off_ns);
	if (arrived)
		__sync_fetch_and_add(&arrived->times.probe_ns, thread->newest.since.probe_ns - before_ns);
	leave_goroutine(thread);
}

static __always_inline void handle(const struct hit *hit, struct lprof_thread *thread)
{
	__u64 off_ns = read_off_ns(thread), cfa = frame_address(hit->ctx, hit->site);
	__u64 name = frame_name(hit->ctx, hit->site, cfa);

	thread->times.cpu_ns = hit->now - off_ns;
	if (name) {
		handle_in_frame(hit, thread, name, cfa, off_ns);
		return;
	}
	/* What was hit last tells where the newest frame is stopped, should it be. */
	if (has_left(&thread->newest))
		thread->newest.cfa = 0;
	note_way(hit, thread);
	charge_cost(hit, thread, LPROF_PATH_NEWEST, off_ns);
}

/*
 * Counts the departure first: that needs no frame, and a thread only if owners are told apart. So hits are exact even
 * if there is no room to store threads or frames, and only times suffer; unless some sites carry no probe.
 */
static __always_inline void depart_from(struct hit *hit)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread;

	if (!wanted(task))
		return;
	thread = current_thread(task, hit->now);
	if (!thread)
		count(LPROF_STAT_FRAMES_DROPPED, 1);
	if (!thread && by)
		return;
	hit->edge = edge_of(thread, hit->departing);
	if (!hit->edge)
		return;
	hit->measured = is_measured(__sync_fetch_and_add(&hit->edge->departures, 1));
	if (thread)
		handle(hit, thread);
}

/* The site's index is what the probe's cookie says; NULL: it says no such thing. */
static __always_inline const struct lprof_site *site_of(const __u32 *id)
{
	const struct lprof_site *site = bpf_map_lookup_elem(&sites, id);

	if (site && *id < n_sites)
		return site;
	count(LPROF_STAT_MISPLACED, 1);
	return NULL;
}

static __always_inline __u32 kernel_ratio(const struct lprof_site *site)
{
	return site->kernel + (site->flags & LPROF_SITE_CALL ? prices.return_ratio : 0);
}

/*
 * A hit when counting is over. It shows where the thread's newest frame was, if that was on a direct way: on the way to
 * here, or gone.
 */
static __always_inline void note_late(const struct pt_regs *ctx, __u32 id)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);
	const struct lprof_site *site;

	if (!thread || !thread->serial || !is_direct(&thread->newest) || thread->newest.stopped)
		return;
	site = site_of(&id);
	if (!site)
		return;
	if (site->body == thread->newest.body && !(site->flags & LPROF_SITE_ENTRY) &&
	    frame_name(ctx, site, frame_address(ctx, site)) == thread->newest.cfa)
		stop_frame(thread, ctx, ctx->ip);
	else if (has_left(&thread->newest))
		thread->newest.cfa = 0;
}

SEC("uprobe")
int lprof_hit(struct pt_regs *ctx)
{
	struct hit hit = {.ctx = ctx, .now = bpf_ktime_get_ns(), .id = bpf_get_attach_cookie(ctx)};

	keep_stack(ctx);
	if (!budgeted && !is_counting(hit.now)) {
		if (some_spared)
			note_late(ctx, hit.id);
		return 0;
	}
	hit.site = site_of(&hit.id);
	if (!hit.site)
		return 0;
	if (budgeted) {
		hit.opened_ns = opened_at(hit.id, hit.now);
		if (!is_counting(hit.now) || hit.now < hit.opened_ns) {
			__u64 ratio = prices.closed_ratio + kernel_ratio(hit.site);

			spend_steady(times_ratio(prices.self_ns, ratio), hit.now);
			return 0;
		}
	}
	hit.departing = 2 * hit.id + branch_taken(ctx, hit.site);
	depart_from(&hit);
	return 0;
}

/*
 * The price of a hit of a window's probe. It is measured last, so that what is done here is part of what is measured.
 */
static __always_inline void charge_window(struct lprof_spending *account, const struct lprof_site *site, __u64 now,
					  bool open, bool measured)
{
	__u64 ratio = kernel_ratio(site) + (open ? prices.count_ratio : prices.closed_ratio), price_ns;

	if (!account->speed_ns)
		account->speed_ns = (__u64)prices.self_ns << SPEED_BITS;
	if (measured)
		ratio += prices.clock_ratio;
	price_ns = (account->speed_ns * ratio) >> (SPEED_BITS + LPROF_RATIO_BITS);
	if (open)
		spend_in_window(account, price_ns, now);
	else
		__sync_fetch_and_add(&account->late_ns, price_ns);
	if (measured) {
		__u64 self_ns = bpf_ktime_get_ns() - now;

		if (prices.self_ns)
			measure_count(account, self_ns);
		else /* calibrating */
			__sync_fetch_and_add(&account->window_ns, self_ns);
	}
}

/*
 * Counts a departure, and nothing else, so that it takes little time. For the probes of windows, which are in for some
 * milliseconds at places that are executed often.
 */
SEC("uprobe")
int lprof_count(struct pt_regs *ctx)
{
	__u64 now = bpf_ktime_get_ns(), *departures;
	__u32 id = bpf_get_attach_cookie(ctx);
	struct lprof_spending *account = current_spending();
	const struct lprof_site *site;
	bool open, measured = false;

	keep_stack(ctx);
	if (!wanted(bpf_get_current_task_btf()))
		return 0;
	site = site_of(&id);
	if (!site || !account)
		return 0;
	open = is_before(now, &gate.window_until_ns) && is_counting(now);
	if (open) {
		departures = count_of(2 * id + branch_taken(ctx, site));
		if (departures)
			measured = is_measured(__sync_fetch_and_add(departures, 1));
	}
	charge_window(account, site, now, open, measured);
	return 0;
}

/* Does nothing, so that benchmarks can measure what the kernel alone takes for a hit. */
SEC("uprobe")
int lprof_empty(struct pt_regs *ctx)
{
	return 0;
}

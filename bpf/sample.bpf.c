// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples: a timer on each processor interrupts the target, and the stack is walked then and there.
 *
 * Theory
 *
 * There are two known ways to know the callers of an interrupted function that has no frame pointer. One copies some
 * KiB of the stack to user space, which walks it later. The other walks in the kernel, by rules that user space has
 * made from call frame information and stored in maps. Both were measured in a virtual machine of two processors.
 * Walking took 2.1 us and 0.1 us a frame where the caches were the sampler's own: 3.4 us for 11 functions, 5.6 us for
 * 35. It took 9 us for 11 functions of a program that needs the caches itself, the deflate of zlib. Copying 8 KiB of
 * stack into a ring buffer took 4.5 us, and perf then unwound each copy in 40 to 270 us, or in 570 us to 3 ms of
 * elapsed time while the machine was busy. And the copy lacks what is further out on a deep stack: perf saw the
 * callers of main() in 7 of 100 samples of bzip2. So the kernel walks.
 *
 * Walking is the smaller part of what a sample costs the program. In the same virtual machine, a loop of deflate lost
 * 16 us to the timer's interrupt alone, without any BPF program: at periods of 0.1, 0.25 and 1 ms, 16, 6.3 and 1.8 %
 * of its time. Other programs on both processors made that 23 us. With the walk it was 22 us on a quiet machine, that
 * is 2.2 % of the time at 1000 samples a second. To read a sample takes user space 1 to 2 us, on another processor
 * where there is one. So the only way to cost less is to interrupt less: the periods are in session.c.
 *
 * The rule for an address is found by two binary searches: for the mapping among those of the process, and for the row
 * in the table of the object that is mapped. Rules that were found are kept for the next sample, because most return
 * addresses are on the stack again: that saves a sixth of the time at 11 frames and a fifth at 35. Where the address is
 * in no mapping that is known, user space is asked to look at the process again.
 */
#include "gate.bpf.h"

#include "lprof_sample.h"
#include "python_stack.bpf.h"
#include "target_time.bpf.h"

#define unwind_read(memory, addr, value) bpf_probe_read_user(value, sizeof(*(value)), (const void *)(addr))
#include "unwind.h"

#define PF_FORKNOEXEC 0x00000040 /* of task_struct.flags: forked, and has executed no program yet */
#define PF_KTHREAD    0x00200000 /* of task_struct.flags: a thread of the kernel */

#define BREAKPOINT	  0xcc
#define NOT_A_SYSTEM_CALL -1 /* value of pt_regs.orig_ax when an exception led into the kernel */
#define REPNE		  0xf2
#define REP		  0xf3

#define ROWS_BITS   24	      /* an object has fewer rows than two to the power of this */
#define ASK_NS	    2000000   /* user space is not asked more often to look at a process */
#define WAKE_BYTES  (1 << 16) /* user space is woken when so much is in the ring buffer */
#define KNOWN_RULES 1024      /* a power of two */

const volatile __u32 after_exec = 0; /* this process is sampled only once it has executed a program */

__u64 sample_ns = 0; /* the period of samples */

/* Set before loading: stacks are sampled. Without that, samples only tell how much time probes take. */
const volatile bool walk_stacks = false;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} space_of SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* resized before loading */
	__type(key, __u32);
	__type(value, struct lprof_space);
} spaces SEC(".maps");

/* The rules of all objects, those of each object together and sorted by address. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* resized before loading */
	__type(key, __u32);
	__type(value, struct unwind_row);
} unwind_rows SEC(".maps");

/* A rule that was found for an address of a process. */
struct known_rule {
	__u64 ip;
	__u64 version; /* of the process's mappings */
	struct unwind_row row;
};

/* Most return addresses of a stack have been on the stack of an earlier sample. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KNOWN_RULES);
	__type(key, __u32);
	__type(value, struct known_rule);
} known_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lprof_sample);
} new_samples SEC(".maps");

/* Whether the thread is to be sampled. Until it executes the command, a child of the profiler is but the profiler. */
static __always_inline bool is_meant(const struct task_struct *task)
{
	return wanted(task) &&
	       !(after_exec && (task->group_leader->flags & PF_FORKNOEXEC) && process_id(task) == after_exec);
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

/* Sends the first SIZE bytes of SAMPLE. URGENT: user space is to read it at once. */
static __always_inline void send(const struct lprof_sample *sample, __u64 size, bool urgent)
{
	__u64 waiting = bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA);
	__u64 flags = urgent || waiting > WAKE_BYTES ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;

	if (bpf_ringbuf_output(&samples, (void *)sample, size, flags))
		count(LPROF_STAT_SAMPLES_LOST, 1);
}

/*
 * The index of the mapping of the space INDEX with the last start that is not above ADDR. A function of its own, so
 * that it is verified once.
 */
__noinline int find_mapping(__u32 index, __u64 addr)
{
	const struct lprof_space *space = bpf_map_lookup_elem(&spaces, &index);
	__u32 lo = 0, hi;

	if (!space)
		return 0;
	hi = space->n;
	for (int i = 0; i <= LPROF_MAPPINGS_BITS && lo + 1 < hi; i++) {
		__u32 middle = (lo + hi) / 2 & (LPROF_MAPPINGS - 1);

		if (space->mappings[middle].start <= addr)
			lo = middle;
		else
			hi = middle;
	}
	return (int)(lo & (LPROF_MAPPINGS - 1));
}

/* A walk up the stack of the current thread. */
struct walk {
	struct unwind_registers regs;
	__u32 space;
	__u32 end; /* enum unwind_end */
	__u32 n;   /* frames found */
	bool no_mapping;
	bool called; /* regs.ip is a return address: the call is before it */
	__u16 pad;   /* older kernels want every byte of what a function gets to have a value */
};

/*
 * The index of the last of the N rows from FIRST on that begins at or before ADDR. A function of its own, so that it is
 * verified once.
 */
__noinline int find_row(__u32 first, __u32 n, __u32 addr)
{
	__u32 lo = 0, hi = n;

	for (int i = 0; i < ROWS_BITS && lo + 1 < hi; i++) {
		__u32 middle = lo + (hi - lo) / 2, index = first + middle;
		const struct unwind_row *row = bpf_map_lookup_elem(&unwind_rows, &index);

		if (row && row->addr <= addr)
			lo = middle;
		else
			hi = middle;
	}
	return (int)(first + lo);
}

/* The rule for the code at IP; NULL when there is none. */
static __always_inline const struct unwind_row *find_rule(struct walk *walk, const struct lprof_space *space, __u64 ip)
{
	__u32 slot = (__u32)(ip ^ ip >> 12 ^ walk->space << 4) & (KNOWN_RULES - 1);
	struct known_rule *known = bpf_map_lookup_elem(&known_rules, &slot);
	const struct lprof_mapping *mapping;
	const struct unwind_row *row;
	__u32 index;

	if (!known || (known->ip == ip && known->version == space->version))
		return known ? &known->row : NULL;
	mapping = &space->mappings[find_mapping(walk->space, ip) & (LPROF_MAPPINGS - 1)];
	if (ip < mapping->start || ip >= mapping->end) {
		walk->no_mapping = true;
		return NULL;
	}
	if (mapping->n) {
		index = (__u32)find_row(mapping->first, mapping->n, (__u32)(ip - mapping->base));
		row = bpf_map_lookup_elem(&unwind_rows, &index);
		if (!row)
			return NULL;
		known->row = *row;
	} else {
		known->row = (struct unwind_row){.cfa = UNWIND_FRAME_POINTER};
	}
	known->ip = ip;
	known->version = space->version;
	return &known->row;
}

/*
 * Makes WALK that of the caller. Returns an enum unwind_end. A function of its own, so that it is verified once, not in
 * each of the states in which walk_frame() and what follows it can be.
 */
__noinline int step(struct walk *walk)
{
	/* Linux 6.1 wants keys on the stack. */
	__u32 number = walk ? walk->space : 0;
	const struct lprof_space *space = walk ? bpf_map_lookup_elem(&spaces, &number) : NULL;
	const struct unwind_row *row = space ? find_rule(walk, space, walk->regs.ip - walk->called) : NULL;

	if (!row)
		return UNWIND_NO_RULE;
	/* A signal interrupted the next frame at its address; it did not call. */
	walk->called = row->cfa != UNWIND_SIGNAL;
	return unwind__step(&walk->regs, row, NULL);
}

/* One frame. Returns whether the walk is over. */
static long walk_frame(__u32 i, void *context)
{
	struct walk *walk = context;
	struct lprof_sample *sample;
	__u32 zero = 0;
	bool called;
	__u64 ip;

	sample = bpf_map_lookup_elem(&new_samples, &zero);
	if (!sample || i >= LPROF_STACK_MOST - 1)
		return 1;
	ip = walk->regs.ip;
	called = walk->called;
	walk->end = step(walk);
	/* A signal handler returns to code that has not called it: that code begins at the return address itself. */
	if (!walk->called)
		called = false;
	sample->frames[i & (LPROF_STACK_MOST - 1)] = ip - called;
	walk->n = i + 1;
	return walk->end != UNWIND_GOES_ON;
}

/* Asks user space to look at the mappings of process TGID. */
static __always_inline void ask(struct lprof_space *space, __u32 tgid)
{
	struct lprof_sample *sample;
	__u64 now = bpf_ktime_get_ns();
	__u32 zero = 0;

	if (space && now - space->asked_ns < ASK_NS)
		return;
	if (space)
		space->asked_ns = now;
	sample = bpf_map_lookup_elem(&new_samples, &zero);
	if (!sample)
		return;
	sample->message = LPROF_MESSAGE_LOOK;
	sample->tgid = tgid;
	send(sample, __builtin_offsetof(struct lprof_sample, frames), true);
}

static __always_inline void begin_walk(struct walk *walk, struct bpf_perf_event_data *ctx, struct lprof_sample *sample)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);

	sample->flags = 0;
	if ((__s64)ctx->regs.ip >= 0) { /* the kernel's addresses are the upper half */
		walk->regs = (struct unwind_registers){ctx->regs.ip, ctx->regs.sp, ctx->regs.bp, ctx->regs.bx};
		return;
	}
	walk->regs = (struct unwind_registers){regs->ip, regs->sp, regs->bp, regs->bx};
	if ((long)regs->orig_ax != NOT_A_SYSTEM_CALL) {
		sample->flags = LPROF_SAMPLE_IN_KERNEL;
		walk->called = true; /* behind the instruction that made the system call */
	}
}

static __always_inline void take_sample(struct bpf_perf_event_data *ctx, const struct task_struct *task, __u64 period)
{
	__u32 tgid = process_id(task), zero = 0, *known = bpf_map_lookup_elem(&space_of, &tgid);
	struct lprof_sample *sample = bpf_map_lookup_elem(&new_samples, &zero);
	struct walk walk = {};
	bool urgent;

	if (!tgid || !sample || (known && *known == LPROF_NO_SPACE))
		return;
	if (!known)
		ask(NULL, tgid);
	sample->message = LPROF_MESSAGE_SAMPLE;
	sample->tgid = tgid;
	sample->tid = thread_id(task);
	bpf_get_current_comm(sample->comm, sizeof(sample->comm));
	sample->period_ns = period;
	begin_walk(&walk, ctx, sample);
	walk.space = known ? *known : LPROF_NO_SPACE;
	walk.no_mapping = !known;
	bpf_loop(LPROF_STACK_MOST - 1, walk_frame, &walk, 0);
	if (walk.no_mapping) {
		sample->flags |= LPROF_SAMPLE_NO_MAPPING;
	}
	sample->end = walk.end;
	sample->n = walk.n;
	urgent = add_python_frames(sample, walk.n);
	send(sample,
	     __builtin_offsetof(struct lprof_sample, frames) +
		     8 * (__u64)((walk.n + sample->n_words) & (LPROF_SAMPLE_WORDS - 1)),
	     urgent);
	if (walk.no_mapping && known)
		ask(bpf_map_lookup_elem(&spaces, known), tgid);
}

SEC("perf_event")
int lprof_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lprof_thread *thread;
	__u64 period = sample_ns; /* ctx->sample_period keeps its first value when the period is changed */

	if (budgeted) {
		look_after_keeper(bpf_ktime_get_ns());
		target_time__see(task);
	}
	/* What is sampled while a window's probes are in would tell of the probes, not of the target. */
	if (!is_counting(bpf_ktime_get_ns()) || *(const volatile __u32 *)&gate.bursting || !is_meant(task))
		return 0;
	thread = bpf_task_storage_get(&threads, task, NULL, 0);
	if (thread) {
		count(LPROF_STAT_SAMPLES, 1);
		count(LPROF_STAT_SAMPLED_NS, period);
	}
	if (thread && is_in_probe(ctx, thread, task)) {
		count(LPROF_STAT_SAMPLED_PROBE_NS, period);
		return 0;
	}
	if (thread)
		thread->times.program_ns += period;
	if (walk_stacks)
		take_sample(ctx, task, period);
	return 0;
}

/* Whether the thread is off the processor and could not run. */
static __always_inline bool is_blocked(const struct task_struct *task)
{
	if (is_on_cpu(task) || task->exit_state || (task->flags & PF_KTHREAD))
		return false;
	return task->__state;
}

/* Writes out the threads to be sampled that are blocked. */
SEC("iter/task")
int lprof_blocked(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct lprof_blocked blocked = {};
	const struct pt_regs *regs;
	const __u32 *space;

	if (!task || !is_meant(task) || !is_blocked(task))
		return 0;
	blocked.tgid = process_id(task);
	blocked.tid = thread_id(task);
	space = bpf_map_lookup_elem(&space_of, &blocked.tgid);
	if (space && *space == LPROF_NO_SPACE)
		return 0;
	regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	blocked.switches = (__u64)task->nvcsw + task->nivcsw;
	blocked.thread_pointer = task->thread.fsbase;
	blocked.ip = regs->ip;
	blocked.sp = regs->sp;
	blocked.bp = regs->bp;
	blocked.bx = regs->bx;
	bpf_probe_read_kernel_str(blocked.comm, sizeof(blocked.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &blocked, sizeof(blocked));
	return 0;
}

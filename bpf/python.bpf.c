// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and times the lines of CPython's functions by the interpreter's own probes. python_code.bpf.h finds out which
 * function and which activation of it an event belongs to.
 */
#include "frame.bpf.h"
#include "gate.bpf.h"
#include "python_code.bpf.h"

/* Set before loading. */
const volatile __u32 most_line_edges = 0; /* the size of `lines` and `line_edges`; 0: no interpreter is profiled */
const volatile __u32 python_ratios[LPROF_PYTHON_RATIOS] = {};

__u32 n_line_edges = 0; /* how many elements of `line_edges` are in use */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct lprof_line_key);
	__type(value, __u32);
} lines SEC(".maps");

/* Not a per-CPU array: only one thread of a process at a time is in the interpreter, so threads never contend. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct lprof_edge);
} line_edges SEC(".maps");

/* How often lines were hit in windows, by the same index. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} line_counts SEC(".maps");

/* The innermost activation of a function in a thread: the address of its frame, by the thread's serial and the body. */
struct running_key {
	__u32 thread, body;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct running_key);
	__type(value, __u64);
} running SEC(".maps");

/* The index in `line_edges` of a line's counters, or LPROF_NO_EDGE when there is no room for them. */
static __always_inline __u32 find_edge(const struct lprof_thread *thread, __u32 code, __u32 line)
{
	struct lprof_line_key key = {.code = code, .line = line, .owner = thread->owner};
	__u32 *known = bpf_map_lookup_elem(&lines, &key), edge;

	if (known)
		return *known;
	if (n_line_edges < most_line_edges) {
		edge = __sync_fetch_and_add(&n_line_edges, 1);
		bpf_map_update_elem(&lines, &key, &edge, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&lines, &key); /* another thread may have been first */
		if (known)
			return *known;
	}
	count(LPROF_STAT_EDGES_DROPPED, 1);
	return LPROF_NO_EDGE;
}

/* As find_edge(), but looks first among the thread's last lines, because loops come back to the same few lines. */
static __always_inline __u32 edge_of_line(struct lprof_thread *thread, __u32 code, __u32 line)
{
	struct lprof_line_place *near = &thread->lines[line & (LPROF_LINES_NEAR - 1)];

	if (near->code != code || near->line != line)
		*near = (struct lprof_line_place){.code = code, .line = line, .edge = find_edge(thread, code, line)};
	return near->edge;
}

static __always_inline __u64 instruction(const struct event *event)
{
	return read_user(event->frame + event->site->layout.frame_instr);
}

/*
 * Whether the frame waits for another generator. The interpreter does that in a loop with an event each time, but
 * Python's own tracing shows no new line then.
 */
static __always_inline bool is_waiting(const struct event *event)
{
	return !event->site->nameless && (read_user(instruction(event)) & 0xff) == event->site->layout.send;
}

/* Whether an entry begins the frame, rather than resuming that of a generator. */
static __always_inline bool is_call(const struct event *event)
{
	__u64 first = event->key.code + event->site->layout.code_instrs + 2 * (__u64)event->code->first_traceable;

	return event->site->nameless || instruction(event) <= first;
}

/* Makes the event's frame thread->interpreted. At an entry the frame travels no edge, whatever was stored of it. */
static __always_inline void find_interpreted(struct lprof_thread *thread, const struct event *event, bool entry)
{
	struct lprof_frame *frame = &thread->interpreted;

	if (frame->cfa != event->frame) {
		if (frame->cfa) {
			suspend_frame(frame, thread);
			thread->suspended = true;
		}
		if (!entry)
			resume_frame(frame, event->frame, LPROF_BODY_INTERPRETED | event->id, thread->tgid, true);
	}
	if (budgeted)
		forget_earlier(frame, opened_at(event->cookie, event->now));
	if (entry)
		frame->edge = LPROF_NO_EDGE;
}

/*
 * Charges the line of FRAME that ends or pauses here with its time, except for probe_ns, which is not complete yet.
 * Returns its counters, or NULL. They need no atomics: a code object belongs to one process, and only one thread of
 * that at a time holds the interpreter's lock.
 */
static __always_inline struct lprof_edge *charge_line(const struct lprof_thread *thread,
						      const struct lprof_frame *frame)
{
	const struct lprof_times *now = &thread->times, *since = &frame->since;
	struct lprof_edge *edge;
	__u32 id = frame->edge;

	if (id == LPROF_NO_EDGE || frame->thread != thread->serial)
		return NULL; /* no line, or it began on another thread, whose clock is another one */
	edge = bpf_map_lookup_elem(&line_edges, &id);
	if (!edge)
		return NULL;
	edge->times.cpu_ns += now->cpu_ns - since->cpu_ns;
	edge->times.blocked_ns += now->blocked_ns - since->blocked_ns;
	edge->times.waiting_ns += now->waiting_ns - since->waiting_ns;
	edge->times.program_ns += now->program_ns - since->program_ns;
	return edge;
}

static __always_inline struct lprof_edge *end_line(const struct lprof_thread *thread)
{
	struct lprof_edge *edge = charge_line(thread, &thread->interpreted);

	if (edge)
		edge->arrivals++;
	return edge;
}

/* In lprof_frame.outer, whose other bits are an address: other functions are between the two activations. */
#define OUTER_APART 1

/* A line that pauses. */
struct paused_line {
	struct lprof_edge *edge; /* its counters; NULL: none pauses */
	__u64 before_ns;	 /* the thread's probe_ns when it began */
	__u64 outer;		 /* what the entered frame is to remember */
};

/* Pauses the line of FRAME, an activation of the event's function. */
static __always_inline void pause_line(const struct lprof_thread *thread, const struct event *event,
				       struct lprof_frame *frame, __u64 apart, struct paused_line *paused)
{
	if (budgeted)
		forget_earlier(frame, opened_at(event->cookie, event->now));
	paused->before_ns = frame->since.probe_ns;
	paused->edge = charge_line(thread, frame);
	if (!paused->edge)
		return;
	paused->outer = frame->cfa | apart;
	frame->edge = LPROF_NO_EDGE;
}

/* Makes the event's frame the innermost activation of its function. Returns the one that was so far, or 0. */
static __always_inline __u64 begin_running(const struct lprof_thread *thread, const struct event *event)
{
	struct running_key key = {.thread = thread->serial, .body = LPROF_BODY_INTERPRETED | event->id};
	__u64 *known = bpf_map_lookup_elem(&running, &key), outer;

	if (!known) {
		bpf_map_update_elem(&running, &key, &event->frame, BPF_ANY);
		return 0;
	}
	outer = *known;
	*known = event->frame;
	return outer;
}

/* The frame of the event's function at CFA that waits until it is hit again, or NULL. */
static __always_inline struct lprof_frame *waiting_frame(const struct lprof_thread *thread, const struct event *event,
							 __u64 cfa)
{
	struct lprof_frame_key key = {.cfa = cfa, .tgid = thread->tgid, .body = LPROF_BODY_INTERPRETED | event->id};
	struct lprof_frame *kept = bpf_map_lookup_elem(&frames, &key);

	return kept && kept->cfa == cfa ? kept : NULL;
}

/*
 * When a function calls itself, or others that call it, the time of that is on the lines of the inner activation, and
 * not on the outer one's line as well: it would be counted once for each level of the recursion. So that line pauses:
 * it is charged up to here, and its frame travels no edge until the inner activation returns.
 */
static __always_inline void pause_outer(struct lprof_thread *thread, const struct event *event,
					struct paused_line *paused)
{
	__u64 outer = begin_running(thread, event);
	struct lprof_frame *newest = &thread->interpreted, *kept;

	*paused = (struct paused_line){.edge = NULL};
	if (newest->cfa && newest->cfa != event->frame && newest->body == (LPROF_BODY_INTERPRETED | event->id)) {
		pause_line(thread, event, newest, 0, paused);
	} else if (outer && outer != event->frame) {
		kept = waiting_frame(thread, event, outer);
		if (kept)
			pause_line(thread, event, kept, OUTER_APART, paused);
	}
}

/*
 * The outer activation's line, which has paused, goes on, unless something else has become of its frame. If it called
 * the inner one itself, its frame is the newest again.
 */
static __always_inline void continue_outer(struct lprof_thread *thread, const struct event *event, __u64 outer)
{
	__u64 cfa = outer & ~(__u64)OUTER_APART;
	struct lprof_frame *frame = &thread->interpreted, *kept = waiting_frame(thread, event, cfa);

	if (!kept || kept->edge != LPROF_NO_EDGE || kept->thread != thread->serial)
		return;
	if (outer & OUTER_APART) {
		kept->edge = edge_of_line(thread, event->id, kept->next);
		kept->since = thread->times;
		/* as charge_event() does for the newest frame */
		kept->since.probe_ns += times_ratio(thread->speed_ns >> SPEED_BITS, prices.pre_ratio);
		return;
	}
	resume_frame(frame, cfa, LPROF_BODY_INTERPRETED | event->id, thread->tgid, true);
	frame->edge = edge_of_line(thread, event->id, frame->next);
	frame->since = thread->times;
	thread->interpreted_name = event->name;
}

/* The event's frame, which remembers OUTER, is no longer the innermost activation of its function. */
static __always_inline void end_running(const struct lprof_thread *thread, const struct event *event, __u64 outer)
{
	struct running_key key = {.thread = thread->serial, .body = LPROF_BODY_INTERPRETED | event->id};
	__u64 *known = bpf_map_lookup_elem(&running, &key);

	if (known && *known == event->frame)
		*known = outer & ~(__u64)OUTER_APART;
}

static __always_inline void begin_line(struct lprof_thread *thread, const struct event *event, __u32 line, bool hit)
{
	struct lprof_frame *frame = &thread->interpreted;
	struct lprof_edge *edge;
	__u32 id = edge_of_line(thread, event->id, line);

	*frame = (struct lprof_frame){
		.cfa = event->frame,
		.since = thread->times,
		.body = LPROF_BODY_INTERPRETED | event->id,
		.edge = id,
		.next = line,
		.thread = thread->serial,
		.outer = frame->cfa == event->frame ? frame->outer : 0,
	};
	thread->interpreted_name = event->name;
	if (!hit)
		return;
	edge = bpf_map_lookup_elem(&line_edges, &id);
	if (edge)
		edge->departures++;
}

static __always_inline void note_place(struct lprof_thread *thread, const struct event *event)
{
	thread->resume[0] = thread->resume[1] = event->ctx->ip + event->site->length;
}

/*
 * The time that the BPF program took for the event. It also adjusts the thread's speed_ns, unless RATIO is 0: RATIO is
 * the usual time for such an event, to the time for a hit in the newest frame. While calibrating, the time of reading
 * the clock is measured instead.
 */
static __always_inline __u64 measure_event(struct lprof_thread *thread, const struct event *event, __u64 off_ns,
					   __u32 ratio)
{
	__u64 end = bpf_ktime_get_ns(), self_ns = end - event->now - (read_off_ns(thread) - off_ns);

	if (!prices.self_ns)
		thread->times.program_ns += bpf_ktime_get_ns() - end;
	else if (ratio && self_ns <= SELF_LIMIT * (__u64)prices.self_ns)
		adjust_speed(thread, (self_ns << (LPROF_RATIO_BITS + SPEED_BITS)) / ratio);
	return self_ns;
}

/*
 * Charges the event's own cost. The part before event->now goes to the line that ENDED (NULL: none); the thread's
 * probe_ns was BEFORE_NS when that line began. The rest goes to what comes next. USUAL is a line event in the newest
 * frame, which has a calibrated price. The cost of other events varies too much for that, so each one is measured.
 */
static __always_inline void charge_event(struct lprof_thread *thread, const struct event *event,
					 struct lprof_edge *ended, __u64 before_ns, __u64 off_ns, bool usual)
{
	__u32 ratio = event->site->kernel;
	__u64 self_ns = 0, pre_ns, speed_ns;

	if (is_measured(thread->events++) || !usual) {
		self_ns = measure_event(thread, event, off_ns, usual ? python_ratios[LPROF_PYTHON_RATIO_LINE] : 0);
		ratio += prices.clock_ratio;
	} else {
		ratio += python_ratios[LPROF_PYTHON_RATIO_LINE];
	}
	speed_ns = thread->speed_ns >> SPEED_BITS;
	pre_ns = times_ratio(speed_ns, prices.pre_ratio);
	thread->interpreted.since.probe_ns += pre_ns;
	if (ended)
		ended->times.probe_ns += thread->times.probe_ns + pre_ns - before_ns;
	thread->times.probe_ns += self_ns + times_ratio(speed_ns, ratio);
}

/* The frame is entered. */
static __always_inline void enter(struct lprof_thread *thread, const struct event *event, struct paused_line *paused)
{
	bool call = is_call(event);

	pause_outer(thread, event, paused);
	find_interpreted(thread, event, true);
	begin_line(thread, event, call ? 0 : event->line, call);
	thread->interpreted.outer = paused->outer;
}

/* The frame is left. Returns the counters of its last line, or NULL. */
static __always_inline struct lprof_edge *leave(struct lprof_thread *thread, const struct event *event)
{
	struct lprof_frame *frame = &thread->interpreted;
	struct lprof_edge *ended = end_line(thread);
	__u64 outer = frame->cfa == event->frame ? frame->outer : 0;

	end_running(thread, event, outer);
	frame->cfa = 0;
	frame->edge = LPROF_NO_EDGE;
	if (outer)
		continue_outer(thread, event, outer);
	return ended;
}

static __always_inline void take_event(const struct event *event, struct lprof_thread *thread,
				       enum lprof_python_event what)
{
	__u64 off_ns = read_off_ns(thread), before_ns;
	struct lprof_frame *frame = &thread->interpreted;
	struct lprof_edge *ended = NULL;
	bool usual = frame->cfa == event->frame, go_on;

	thread->times.cpu_ns = event->now - off_ns;
	if (what != LPROF_PYTHON_ENTRY)
		find_interpreted(thread, event, false);
	before_ns = frame->since.probe_ns;
	go_on = what == LPROF_PYTHON_LINE && frame->edge != LPROF_NO_EDGE && frame->next == event->line &&
		is_waiting(event);
	if (what == LPROF_PYTHON_ENTRY) {
		struct paused_line paused;

		enter(thread, event, &paused);
		ended = paused.edge;
		before_ns = paused.before_ns;
	} else if (what == LPROF_PYTHON_RETURN) {
		ended = leave(thread, event);
	} else if (!go_on) {
		ended = end_line(thread);
		begin_line(thread, event, event->line, true);
	}
	note_place(thread, event);
	charge_event(thread, event, ended, before_ns, off_ns, usual && what == LPROF_PYTHON_LINE);
}

/*
 * Accounts for the cost of an event in a function that is not wanted. A wanted function may have called that one, and
 * its time must not include the cost.
 */
static __always_inline void pass(const struct event *event, struct lprof_thread *thread)
{
	__u32 ratio = python_ratios[LPROF_PYTHON_RATIO_OTHER] + event->site->kernel;

	if (!thread)
		return;
	note_place(thread, event);
	if (is_measured(thread->events++)) {
		__u64 self_ns =
			measure_event(thread, event, read_off_ns(thread), python_ratios[LPROF_PYTHON_RATIO_OTHER]);

		if (!prices.self_ns)
			thread->times.probe_ns += self_ns;
		ratio += prices.clock_ratio;
	}
	thread->times.probe_ns += times_ratio(thread->speed_ns >> SPEED_BITS, ratio);
}

/*
 * Whether the event is in the frame of the thread's last event, told without reading the target's memory. If so, fills
 * the event's frame and ID.
 */
static __always_inline bool is_in_newest(struct event *event, const struct lprof_thread *thread)
{
	if (!thread || event->site->nameless || !knows_register(event))
		return false;
	event->frame = register_of(event, event->site->frame_register);
	event->id = thread->interpreted.body & ~LPROF_BODY_INTERPRETED;
	return event->frame && event->frame == thread->interpreted.cfa && event->name == thread->interpreted_name;
}

/* The counter of a line in windows, or NULL. */
static __always_inline __u64 *count_of_line(struct lprof_thread *thread, const struct event *event, __u32 line)
{
	__u32 edge = edge_of_line(thread, event->id, line);

	return bpf_map_lookup_elem(&line_counts, &edge);
}

/* Of an event in a window: the line that is hit, or 0 when a function is called. Returns false if there is none. */
static __always_inline bool hit_line(const struct event *event, const struct lprof_thread *thread,
				     enum lprof_python_event what, __u32 *line)
{
	const struct lprof_frame *frame = &thread->interpreted;

	*line = what == LPROF_PYTHON_LINE ? event->line : what == LPROF_PYTHON_ENTRY ? 0 : LPROF_PYTHON_RETURNS;
	if (what == LPROF_PYTHON_ENTRY)
		return is_call(event);
	if (what == LPROF_PYTHON_LINE && frame->cfa == event->frame && frame->next == event->line)
		return !is_waiting(event);
	return true;
}

/*
 * Counts an event in a window. The frame is remembered to find it quickly in the next event. It travels no edge, so it
 * is charged with no time, nor is what the thread's probes take.
 */
static __always_inline void count_event(const struct event *event, struct lprof_thread *thread,
					enum lprof_python_event what)
{
	__u64 *counter;
	__u32 line;

	if (hit_line(event, thread, what, &line)) {
		counter = count_of_line(thread, event, line);
		if (counter)
			(*counter)++;
	}
	thread->interpreted.cfa = what == LPROF_PYTHON_RETURN ? 0 : event->frame;
	thread->interpreted.body = LPROF_BODY_INTERPRETED | event->id;
	thread->interpreted.edge = LPROF_NO_EDGE;
	thread->interpreted.next = line;
	thread->interpreted.outer = 0;
	thread->interpreted_name = event->name;
}

/* Counts a return, while the probe of returns stays in alone. */
static __always_inline void count_return(const struct event *event, struct lprof_thread *thread)
{
	__u32 id = edge_of_line(thread, event->id, LPROF_PYTHON_RETURNS);
	struct lprof_edge *edge = bpf_map_lookup_elem(&line_edges, &id);

	if (edge)
		edge->departures++;
}

/* How an event is handled: the probe stays in, or it is in for a window, or it stays in for returns only. */
enum manner { STEADY, WINDOW, RETURNS };

/* Whether the event's gate is open. In any case the probe is counted among those of its kind. */
static __always_inline bool is_open(struct event *event, enum manner manner)
{
	__u32 counter = 2 * event->cookie + (manner != WINDOW);
	__u64 *hits;

	if (!budgeted)
		return true;
	if (!is_counting(event->now) || (manner == WINDOW ? !is_before(event->now, &gate.window_until_ns)
							  : event->now < opened_at(event->cookie, event->now)))
		return false;
	hits = bpf_map_lookup_elem(&counts, &counter);
	if (hits)
		__sync_fetch_and_add(hits, 1);
	return true;
}

#define SLOWEST 3 /* times the usual time of the program; one that takes longer was interrupted */

/*
 * Adds the price of the event to the account. While the line probe is in, the interpreter also traces each instruction,
 * which takes it a quarter of that again.
 */
static __always_inline void spend(const struct event *event, enum manner manner, bool open)
{
	__u64 self_ns = bpf_ktime_get_ns() - event->now, usual_ns, price_ns;
	struct lprof_spending *account = current_spending();

	/*
	 * Where the program is slower than usual, because caches are cold, so is the kernel. With the gates and their
	 * counters it takes about half as long again as was calibrated.
	 */
	usual_ns = times_ratio(prices.self_ns, python_ratios[LPROF_PYTHON_RATIO_OTHER]) * 3 / 2 | 1;
	price_ns = times_ratio(prices.self_ns, event->site->kernel);
	price_ns = self_ns + price_ns * (self_ns < SLOWEST * usual_ns ? self_ns : SLOWEST * usual_ns) / usual_ns;

	if (manner != RETURNS)
		price_ns += price_ns / 4;
	if (manner != WINDOW)
		spend_steady(price_ns, event->now);
	else if (account && open)
		spend_in_window(account, price_ns, event->now);
	else if (account)
		__sync_fetch_and_add(&account->late_ns, price_ns);
}

/* Finds the function that the event is in, and counts it. */
static __always_inline void take(struct event *event, struct task_struct *task, enum lprof_python_event what,
				 enum manner manner)
{
	struct lprof_thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);
	bool entry = what == LPROF_PYTHON_ENTRY;

	event->key.tgid = task->tgid;
	read_registers(event->ctx, event->registers);
	event->name = read_argument(event, &event->site->name);
	event->file = read_argument(event, &event->site->file);
	event->line = (__u32)read_argument(event, &event->site->line);
	if (entry || !is_in_newest(event, thread)) {
		if (is_other(event, thread, entry) || !find_function(event, entry)) {
			pass(event, thread);
			return;
		}
	}
	thread = current_thread(task, event->now);
	if (!thread)
		count(LPROF_STAT_FRAMES_DROPPED, 1);
	else if (manner == WINDOW)
		count_event(event, thread, what);
	else if (manner == RETURNS)
		count_return(event, thread);
	else
		take_event(event, thread, what);
}

static __always_inline int handle_event(struct pt_regs *ctx, enum lprof_python_event what, enum manner manner)
{
	struct event event = {.ctx = ctx, .now = bpf_ktime_get_ns()};
	struct task_struct *task = bpf_get_current_task_btf();
	bool open;

	keep_stack(ctx);
	if ((!budgeted && !is_counting(event.now)) || !wanted(task))
		return 0;
	event.cookie = bpf_get_attach_cookie(ctx);
	event.site_id = event.cookie - python_first_site;
	event.site = bpf_map_lookup_elem(&python_sites, &event.site_id);
	if (!event.site || event.site_id >= n_python_sites) {
		count(LPROF_STAT_MISPLACED, 1);
		return 0;
	}
	open = is_open(&event, manner);
	if (open)
		take(&event, task, what, manner);
	if (budgeted)
		spend(&event, manner, open);
	return 0;
}

#define PYTHON_PROGRAM(name, what, manner)                                                                             \
	SEC("uprobe")                                                                                                  \
	int name(struct pt_regs *ctx)                                                                                  \
	{                                                                                                              \
		return handle_event(ctx, what, manner);                                                                \
	}

PYTHON_PROGRAM(lprof_python_line, LPROF_PYTHON_LINE, STEADY)
PYTHON_PROGRAM(lprof_python_entry, LPROF_PYTHON_ENTRY, STEADY)
PYTHON_PROGRAM(lprof_python_return, LPROF_PYTHON_RETURN, STEADY)
PYTHON_PROGRAM(lprof_python_count_line, LPROF_PYTHON_LINE, WINDOW)
PYTHON_PROGRAM(lprof_python_count_entry, LPROF_PYTHON_ENTRY, WINDOW)
PYTHON_PROGRAM(lprof_python_count_return, LPROF_PYTHON_RETURN, WINDOW)
PYTHON_PROGRAM(lprof_python_returns, LPROF_PYTHON_RETURN, RETURNS)

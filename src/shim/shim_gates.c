// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * What an event costs was calibrated, and each one is charged. The account is looked at whenever some more was spent,
 * so it needs nobody else: should the profiler be gone or stopped, too much is spent for a tenth of a millisecond, and
 * then gates shut. A shut gate's events are given up one by one where they occur, and cost nothing from then on.
 *
 * Of a function that does not fit, most lines do: those outside of its loops, say. They stay open, and their hits are
 * counted all the time. One of them is the function's reference, and the other lines are counted from one hit of it to
 * another now and then (shim_cycle.c), which needs no clock. A function of which no line fits is counted together with
 * one that calls it.
 *
 * What remains are functions without a reference, and those that run too long from one hit of theirs to the next. They
 * are counted in windows of time. Windows are opened when there is money for one, at random moments of the process's
 * time on a processor. While each line has an event, Python code is some five times slower, and how long the process
 * would have taken by itself is what is left of the window when five times as much is taken off: an error of a few per
 * cent of the cost would be an error of a quarter. So in most windows some lines are counted only, as many as cost
 * about as much as the code itself, by chance. All windows weigh the same, however long they were, since how soon a
 * window has spent what it may depends on what is counted.
 *
 * Such windows cannot time lines, which takes the next line's event. Of every four windows one counts all lines and
 * times them. It says in which proportion the time is theirs.
 */
#include "shim/shim_gates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/hash.h"
#include "shim/shim_clock.h"

#define SLICE_NS	1e5
#define DEBT_NS		2e5 /* so much may be spent too much before gates shut, */
#define MOST_DEBT_NS	2e6 /* and so much before all of them do */
#define DEAR_PART	20  /* a gate that has cost one part in so many of what was spent is shut */
#define OPEN_PART	0.6 /* of the budget: gates that stay open must leave some of it for windows */
#define LIMIT_NS	2e5 /* that the events of a window may cost */
#define FIRST_PRICE_NS	1.5e5
#define MOST_IN_WINDOW	32 /* gates, on average */
#define LEAST_PART	0.01
#define LOAD		0.7 /* what events of a window of hits should cost, by own time */
#define LEAST_SHARE	1e-4
#define DISTURBANCE	0.3 /* so much more than by calibration events cost in windows, with cold caches */
#define LEAST_OWN	0.1 /* of a window's time on a processor is the process's own, at least */
#define TIMED		4   /* one window in so many */
#define LINE_PART	0.1 /* of the budget: so much a line may cost that stays open when its function's gate shuts, */
#define LINES_PART	0.25  /* and so much all such lines */
#define LEAST_HITS	8     /* a reference was hit more often */
#define CYCLES_NS	1.5e5 /* that the events should cost when cycles are counted once */
#define MOST_MET	4     /* one that is in so many cycles of others need not be called by them */
#define NEAR_FRAMES	32    /* in which its caller is looked for */
#define FIRST_CYCLES_NS 5e5   /* what it is taken to cost to count cycles for the first time */
#define EARLY		0.25  /* of what cycles may cost at most: so much money may be missing */
#define NEEDLESS_NS	2e7   /* so long until it is looked again whether a window is needed */

static uint64_t table_cost(const struct shim_gates *gates)
{
	return gates->counts->memory.table->cost;
}

static double to_ns(const struct shim_gates *gates, uint64_t cost)
{
	return (double)cost / 1000 * gates->tick_ns;
}

static uint64_t to_cost(const struct shim_gates *gates, double ns)
{
	return (uint64_t)(1000 * ns / gates->tick_ns);
}

double shim_gates__cpu_ns(const struct shim_gates *gates)
{
	return (double)(shim_clock__read_ns(CLOCK_PROCESS_CPUTIME_ID) - gates->began_cpu_ns);
}

/* Brings the account up to date. Returns the process's time on a processor. */
static double update(struct shim_gates *gates)
{
	uint32_t clock = gates->counts->memory.run->clock;
	uint64_t now_ns = shim_clock__read_ns(CLOCK_MONOTONIC), ticks = shim_clock__ticks(clock) - gates->began_ticks;
	uint64_t waker_ns = __atomic_load_n(&gates->waker_ns, __ATOMIC_RELAXED);
	double cpu_ns = shim_gates__cpu_ns(gates), passed_ns = (double)(now_ns - gates->began_ns);

	gates->tick_ns = clock == LPROF_SHIM_TSC && ticks ? passed_ns / (double)ticks : 1;
	shim_counts__charge(gates->counts, NULL, to_cost(gates, (double)(waker_ns - gates->charged_ns)));
	gates->charged_ns = waker_ns;
	gates->slice = to_cost(gates, SLICE_NS);
	gates->counts->memory.table->cpu_ns = (uint64_t)cpu_ns;
	gates->purse.share = __atomic_load_n(&gates->counts->memory.run->share_ppm, __ATOMIC_RELAXED) / 1e6;
	if (gates->purse.share < LEAST_SHARE)
		gates->purse.share = LEAST_SHARE;
	shim_purse__update(&gates->purse, cpu_ns, passed_ns, to_ns(gates, table_cost(gates)));
	if (gates->purse.saved_ns >= 0)
		gates->borrowed = 0;
	return cpu_ns;
}

/* The process's own time, as of the last update. */
static double own_ns(const struct shim_gates *gates)
{
	double own_ns = gates->purse.cpu_ns - gates->purse.spent_ns;

	return own_ns > 0 ? own_ns : 0;
}

static void open_account(struct shim_gates *gates)
{
	const struct lprof_shim_run *run = gates->counts->memory.run;

	gates->began_ns = shim_clock__read_ns(CLOCK_MONOTONIC);
	gates->began_ticks = shim_clock__ticks(run->clock);
	gates->began_cpu_ns = shim_clock__read_ns(CLOCK_PROCESS_CPUTIME_ID);
	gates->waker_ns = gates->charged_ns = 0;
	shim_purse__open(&gates->purse, run->share_ppm / 1e6);
	gates->purse.spent_ns = to_ns(gates, table_cost(gates));
	gates->decided_cost = table_cost(gates);
	gates->decided_cpu_ns = gates->lines_cpu_ns = 0;
	gates->exceptions_cost = 0;
	gates->next_cpu_ns = 0;
	/* Until it is known how long a tick takes, it is taken to be short. */
	gates->slice = (uint64_t)(1000 * SLICE_NS);
}

void shim_gates__begin(struct shim_gates *gates, struct shim_counts *counts, uint64_t line_cost)
{
	*gates = (struct shim_gates){.tick_ns = 0.4, .part = 0.25, .price_ns = FIRST_PRICE_NS, .line_cost = line_cost};
	if (!counts->memory.run->share_ppm)
		return;
	gates->counts = counts;
	gates->pause_ns = counts->memory.run->pause_ns;
	gates->seed = shim_clock__read_ns(CLOCK_MONOTONIC);
	open_account(gates);
}

void shim_gates__release(struct shim_gates *gates)
{
	for (size_t i = 0; i < gates->n; i++)
		shim_lines__release(&gates->items[i].lines);
	free(gates->items);
	free(gates->records);
	*gates = (struct shim_gates){0};
}

void shim_gates__fork(struct shim_gates *gates)
{
	if (!gates->counts || !gates->counts->memory.table)
		return;
	gates->window = SHIM_WINDOW_NONE;
	for (size_t i = 0; i < gates->n; i++) {
		gates->items[i].in_window = false;
		gates->items[i].cost = 0;
		gates->items[i].cycle.state = SHIM_CYCLE_NONE;
		gates->items[i].host = gates->items[i].counting = 0;
		gates->items[i].shut_cpu_ns = 0;
		shim_lines__forget_all(&gates->items[i].lines);
	}
	memset(gates->records, 0, gates->n_records * sizeof(struct lprof_shim_windows *));
	open_account(gates);
}

uint32_t shim_gates__find(struct shim_gates *gates, const struct shim_identity *identity)
{
	const struct shim_gate gate = {.first_line = identity->first_line,
				       .code_size = identity->code_size,
				       .shut = gates->all_shut,
				       .shut_cpu_ns = gates->purse.cpu_ns};

	if (!gates->counts)
		return 0;
	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].first_line == gate.first_line && gates->items[i].code_size == gate.code_size)
			return (uint32_t)i + 1;
	if (grow__one(&gates->items, &gates->room, gates->n, sizeof(*gates->items)))
		return 0;
	gates->items[gates->n] = gate;
	shim_lines__begin(&gates->items[gates->n++].lines, identity->n_lines);
	gates->n_shut += gate.shut;
	return (uint32_t)gates->n;
}

static struct shim_gate *gate_of(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n ? &gates->items[number - 1] : NULL;
}

static void remember(struct lprof_shim_windows *windows, const struct lprof_shim_function *function)
{
	for (uint32_t i = 0; i < windows->n_lines; i++)
		windows->lines[i].last = function->lines[i];
}

/* What is known of its lines when a record begins. */
static void begin_lines(const struct shim_gates *gates, struct lprof_shim_windows *windows,
			const struct lprof_shim_function *function)
{
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		windows->lines[i].first = windows->lines[i].last = function->lines[i];
		windows->lines[i].is_open = shim_gates__is_open(gates, function->gate, i);
	}
}

/* The record of function ID's windows, which is made if there is none; NULL: there is no room. */
static struct lprof_shim_windows *record_of(struct shim_gates *gates, uint32_t id, double since_ns)
{
	struct lprof_shim_windows **record = &gates->records[id - 1], *windows;
	const struct lprof_shim_function *function;
	size_t size;

	if (*record)
		return *record;
	function = shim_counts__find(gates->counts, id);
	if (!function)
		return NULL;
	size = sizeof(*windows) + function->n_lines * sizeof(windows->lines[0]);
	windows = shim_memory__place(&gates->counts->memory, size);
	if (!windows) {
		gates->counts->memory.table->n_lost++;
		return NULL;
	}
	windows->record = (struct lprof_shim_record){LPROF_SHIM_WINDOWS, (uint32_t)size};
	windows->function = id;
	windows->n_lines = function->n_lines;
	windows->since_ns = since_ns;
	begin_lines(gates, windows, function);
	shim_memory__add(&gates->counts->memory, &windows->record);
	*record = windows;
	return windows;
}

void shim_gates__add(struct shim_gates *gates, uint32_t id, uint32_t number)
{
	struct lprof_shim_function *function = id && number ? shim_counts__find(gates->counts, id) : NULL;
	size_t had = gates->n_records;

	if (!function)
		return;
	function->gate = number;
	if (grow__to(&gates->records, &gates->n_records, id, sizeof(struct lprof_shim_windows *)))
		return;
	if (gates->n_records > had)
		memset(gates->records + had, 0, (gates->n_records - had) * sizeof(struct lprof_shim_windows *));
	if (gate_of(gates, number)->shut)
		(void)record_of(gates, id, own_ns(gates));
}

/* Calls FN with each function's ID and its gate. */
static void each_function(struct shim_gates *gates,
			  void (*fn)(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx),
			  void *ctx)
{
	for (uint32_t id = 1; id <= gates->counts->n_functions && id <= gates->n_records; id++) {
		const struct shim_gate *gate = gate_of(gates, gates->counts->functions[id - 1]->gate);

		if (gate)
			fn(gates, id, gate, ctx);
	}
}

static void begin_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	(void)ctx;
	if (gate->shut)
		(void)record_of(gates, id, own_ns(gates));
}

/* Whether frames of the function are on no stack any more: it was counted until now, and is not from now on. */
static bool is_left(const struct lprof_shim_function *function, void *ctx)
{
	const struct shim_gate *gate = gate_of(ctx, function->gate);

	return gate && gate->shut && !gate->counting;
}

/* Shuts the gate, CPU_NS after it was last decided. */
static void shut(struct shim_gates *gates, struct shim_gate *gate, double cpu_ns)
{
	if (gate->shut)
		return;
	gates->n_shut++;
	gate->shut = true;
	gate->shut_cpu_ns = gates->purse.cpu_ns;
	shim_lines__choose(&gate->lines, LINE_PART * gates->purse.share * cpu_ns / to_ns(gates, gates->line_cost + 1));
}

/* The gate that has cost most since it was last decided, of those that are open; NULL: there is none. */
static struct shim_gate *find_dearest(struct shim_gates *gates)
{
	struct shim_gate *dearest = NULL;

	for (size_t i = 0; i < gates->n; i++)
		if (!gates->items[i].shut && (!dearest || gates->items[i].cost > dearest->cost))
			dearest = &gates->items[i];
	return dearest;
}

/* Shuts gates if what was SPENT since it was last decided, in CPU_NS, is too much. */
static void shut_some(struct shim_gates *gates, uint64_t spent, double cpu_ns)
{
	double saved_ns = gates->purse.saved_ns + to_ns(gates, gates->borrowed);
	struct shim_gate *dearest = find_dearest(gates);
	uint64_t open = 0;

	for (size_t i = 0; i < gates->n; i++)
		open += gates->items[i].shut ? 0 : gates->items[i].cost;
	if (saved_ns < -MOST_DEBT_NS) {
		gates->all_shut = true;
		for (size_t i = 0; i < gates->n; i++)
			shut(gates, &gates->items[i], cpu_ns);
	} else if (saved_ns < -DEBT_NS) {
		for (size_t i = 0; i < gates->n; i++)
			if (gates->items[i].cost >= spent / DEAR_PART)
				shut(gates, &gates->items[i], cpu_ns);
	} else if (dearest && gates->n_shut && to_ns(gates, open) > OPEN_PART * gates->purse.share * cpu_ns &&
		   dearest->cost >= open / 2) {
		shut(gates, dearest, cpu_ns);
	}
}

/* The reference, if there is one; NULL: there is no room for its function. */
static const struct lprof_shim_line *reference_of(struct shim_gates *gates, const struct lprof_shim_windows *windows)
{
	const struct lprof_shim_function *function =
		windows->referred ? shim_counts__find(gates->counts, windows->referred) : NULL;

	return function && windows->reference < function->n_lines ? &function->lines[windows->reference] : NULL;
}

/* The reference of the gate's functions is none any more; what was counted in its cycles holds for its time. */
static void settle_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows = gate == ctx ? gates->records[id - 1] : NULL;
	const struct lprof_shim_line *reference = windows ? reference_of(gates, windows) : NULL;
	double n = 0, times;

	if (!reference)
		return;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
		n += windows->references[g];
		windows->references[g] = 0;
	}
	times = n > 0 ? (double)(reference->hits - windows->referred_hits) / n : 0;
	windows->referred = 0;
	windows->settled_ns += n > 0 ? own_ns(gates) - windows->referred_ns : 0;
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		struct lprof_shim_sampled *line = &windows->lines[i];

		for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
			line->settled += times * line->cycle_hits[g];
			line->cycle_hits[g] = 0;
		}
		line->cycle_ticks = line->cycle_cost = line->cycle_blocked_ns = 0;
	}
}

/* A gate gets a reference. */
struct referring {
	const struct shim_gate *gate;
	uint32_t function, line;
};

/* A reference that was counted all the time holds since the record began, and not only since it was chosen. */
static void refer_back(struct shim_gates *gates, struct lprof_shim_windows *windows)
{
	const struct lprof_shim_windows *host = windows->referred && windows->referred <= gates->n_records
							? gates->records[windows->referred - 1]
							: NULL;
	const struct lprof_shim_sampled *reference = host ? &host->lines[windows->reference] : NULL;

	if (!reference || !reference->is_open || windows->settled_ns > 0 || host->since_ns < windows->since_ns)
		return;
	windows->referred_hits = reference->first.hits;
	windows->referred_ns = host->since_ns;
}

static void refer_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	const struct referring *referring = ctx;
	struct lprof_shim_windows *windows = gate == referring->gate ? record_of(gates, id, own_ns(gates)) : NULL;
	const struct lprof_shim_line *reference;

	if (!windows)
		return;
	/* Each thread's functions have the reference of the same thread, if it is in the function itself. */
	windows->referred =
		gates->counts->functions[referring->function - 1]->gate == (uint32_t)(gate - gates->items) + 1
			? id
			: referring->function;
	windows->reference = referring->line;
	reference = reference_of(gates, windows);
	windows->referred = reference ? windows->referred : 0;
	windows->referred_hits = reference ? reference->hits : 0;
	windows->referred_ns = own_ns(gates);
	refer_back(gates, windows);
}

static void close_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows = gates->records[id - 1];

	for (uint32_t i = 0; gate == ctx && windows && i < windows->n_lines; i++)
		windows->lines[i].is_open = shim_lines__is_open(&gate->lines, i);
}

/* The gate's reference is none any more, neither for itself nor for others. */
static void end_reference(struct shim_gates *gates, struct shim_gate *gate)
{
	uint32_t number = (uint32_t)(gate - gates->items) + 1;

	if (gate->cycle.state == SHIM_CYCLE_NONE)
		return;
	each_function(gates, settle_record, gate);
	gate->cycle.state = SHIM_CYCLE_NONE;
	for (size_t i = 0; i < gates->n; i++) {
		struct shim_gate *guest = &gates->items[i];

		if (guest->counting == number)
			guest->counting = 0;
		if (guest->host != number)
			continue;
		each_function(gates, settle_record, guest);
		guest->host = 0;
	}
}

static void close_line(struct shim_gates *gates, struct shim_gate *gate, uint32_t line)
{
	gate->lines.items[line].closed = true;
	if (gate->cycle.reference == line)
		end_reference(gates, gate);
	each_function(gates, close_record, gate);
}

/* The shut gate with the open line that was hit most; NULL: none was hit. */
static struct shim_gate *find_dearest_line(struct shim_gates *gates, uint32_t *line)
{
	struct shim_gate *dearest = NULL;
	uint32_t most = 0;

	for (size_t i = 0; i < gates->n; i++) {
		struct shim_gate *gate = &gates->items[i];
		uint32_t found = gate->shut ? shim_lines__dearest(&gate->lines) : SHIM_LINES_NONE;

		if (found == SHIM_LINES_NONE || gate->lines.items[found].hits <= most)
			continue;
		dearest = gate;
		most = gate->lines.items[found].hits;
		*line = found;
	}
	return dearest;
}

/* Decides which lines of shut gates stay open, when enough was spent on them to tell. */
static void decide_lines(struct shim_gates *gates, double cpu_ns)
{
	double spent_ns = 0, may_ns = LINES_PART * gates->purse.share * (cpu_ns - gates->lines_cpu_ns);
	double each_ns = to_ns(gates, gates->line_cost);
	struct shim_gate *gate;
	uint32_t line;

	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].shut)
			spent_ns += each_ns * (double)shim_lines__hits(&gates->items[i].lines);
	if (spent_ns < SLICE_NS)
		return;
	while (spent_ns > may_ns && (gate = find_dearest_line(gates, &line))) {
		spent_ns -= each_ns * gate->lines.items[line].hits;
		close_line(gates, gate, line);
	}
	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].shut)
			shim_lines__forget_hits(&gates->items[i].lines);
	gates->lines_cpu_ns = cpu_ns;
}

/* Decides which gates stay open. */
static void decide(struct shim_gates *gates, uint64_t now)
{
	double cpu_ns = update(gates);
	uint64_t spent = table_cost(gates) - gates->decided_cost;
	size_t n_shut = gates->n_shut;

	shut_some(gates, spent, cpu_ns - gates->decided_cpu_ns);
	decide_lines(gates, cpu_ns);
	for (size_t i = 0; i < gates->n; i++) {
		gates->items[i].cost = 0;
		if (!gates->items[i].shut)
			shim_lines__forget_hits(&gates->items[i].lines);
	}
	gates->decided_cost = table_cost(gates);
	gates->decided_cpu_ns = cpu_ns;
	gates->exceptions_cost = 0;
	if (gates->n_shut == n_shut)
		return;
	shim_counts__drop(gates->counts, gates->thread, is_left, gates, now);
	each_function(gates, begin_record, NULL);
}

/* A number from 0 to 1, by chance, that is the same for the same window, gate and line. */
static double chance(const struct shim_gates *gates, uint32_t number, uint32_t line)
{
	uint64_t hash = hash__number(hash__number(hash__number(HASH_START, gates->seed), number), line);

	/* The lower bits are the ones that are mixed well. */
	hash = hash__number(hash__number(hash, hash >> 29), hash >> 17);
	return (double)(hash & UINT32_MAX) / ((double)UINT32_MAX + 1);
}

void shim_gates__charge(struct shim_gates *gates, struct shim_thread *thread, uint64_t began_ns)
{
	uint64_t ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;

	shim_counts__charge(gates->counts, thread, to_cost(gates, (double)ns));
}

/* What the events may cost when cycles are counted once. */
static double cycles_limit_ns(const struct shim_gates *gates)
{
	return fmin((double)gates->pause_ns, gates->purse.share * SHIM_PURSE_SAVED_NS) / 2;
}

/* When cycles of the gate's functions are counted the next time: as soon as that can be paid for, beside others. */
static void plan_cycles(struct shim_gates *gates, struct shim_gate *gate)
{
	double cpu_ns = update(gates), price_ns = gate->cycle.price_ns, each_ns = price_ns / gates->purse.share;
	double wait_ns = shim_purse__wait_ns(&gates->purse, price_ns);

	gates->seed = hash__number(hash__number(HASH_START, gates->seed), 2);
	shim_cycle__plan(&gate->cycle, cpu_ns, fmax(wait_ns, each_ns * (double)gates->n_shut), chance(gates, 0, 3));
}

/* The cycles that are counted. */
struct counted {
	const struct shim_gate *gate; /* of the functions that are meant now */
	bool hit;		      /* one of them was */
};

/* Adds what was counted of function ID in cycles. */
static void add_cycles(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct counted *counted = ctx;
	struct lprof_shim_windows *windows = gate == counted->gate ? gates->records[id - 1] : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;
	const struct lprof_shim_line *reference = function ? reference_of(gates, windows) : NULL;
	uint32_t group;

	if (!function)
		return;
	group = windows->n_cycles % LPROF_SHIM_GROUPS;
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		struct lprof_shim_sampled *line = &windows->lines[i];
		const struct lprof_shim_line *now = &function->lines[i], *last = &line->last;

		counted->hit |= now->hits != last->hits;
		if (!reference)
			continue;
		line->cycle_hits[group] += (double)(now->hits - last->hits);
		line->cycle_ticks += (double)(now->ticks - last->ticks);
		line->cycle_cost += (double)(now->times.cost - last->times.cost) / 1000;
		line->cycle_blocked_ns += (double)(now->times.blocked_ns - last->times.blocked_ns);
	}
	if (reference) {
		windows->references[group] += (double)(reference->hits - windows->begun_hits);
		windows->n_cycles++;
	}
	remember(windows, function);
}

/* Marks where cycles begin. */
static void begin_cycles(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows =
		gate->counting == *(uint32_t *)ctx ? record_of(gates, id, own_ns(gates)) : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;
	const struct lprof_shim_line *reference = function ? reference_of(gates, windows) : NULL;

	if (!function)
		return;
	windows->begun_hits = reference ? reference->hits : 0;
	remember(windows, function);
}

/* Whether frames of the function of a gate are on no stack any more. */
struct leaving {
	const struct shim_gates *gates;
	uint32_t counting;
};

static bool leaves(const struct lprof_shim_function *function, void *ctx)
{
	const struct leaving *leaving = ctx;
	const struct shim_gate *gate = gate_of(leaving->gates, function->gate);

	return gate && gate->counting == leaving->counting;
}

/* The gate has been counted in cycles of HOST, whose reference is a line of function ID. */
static void end_cycles_of(struct shim_gates *gates, struct shim_gate *gate, const struct shim_gate *host, bool ended)
{
	uint32_t number = (uint32_t)(host - gates->items) + 1;
	struct counted counted = {.gate = gate};

	gate->counting = 0;
	if (ended)
		each_function(gates, add_cycles, &counted);
	if (gate == host || gate->host || !counted.hit)
		return;
	/* What is hit between hits of that reference can be told by it, best if that is its caller. */
	if (!gate->called && ++gate->n_met < MOST_MET)
		return;
	gate->host = number;
	each_function(gates, refer_record, &(struct referring){gate, host->cycle.function, host->cycle.reference});
}

/* Cycles of HOST were too long: no other GATE is counted in them any more. Returns whether this one was. */
static bool send_away(struct shim_gates *gates, struct shim_gate *gate, const struct shim_gate *host)
{
	if (gate == host)
		return false;
	if (gate->host)
		each_function(gates, settle_record, gate);
	gate->host = 0;
	gate->alone = true;
	return true;
}

/* Ends the counting of cycles; ENDED: with their end. */
static void end_cycles(struct shim_gates *gates, struct shim_gate *gate, bool ended, uint64_t now)
{
	struct shim_cycle *cycle = &gate->cycle;
	double cost_ns = to_ns(gates, cycle->cost);
	uint64_t began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
	uint32_t number = (uint32_t)(gate - gates->items) + 1, reference = cycle->reference;
	bool guests = false;

	shim_counts__drop(gates->counts, gates->thread, leaves, &(struct leaving){gates, number}, now);
	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].counting == number) {
			end_cycles_of(gates, &gates->items[i], gate, ended);
			guests |= !ended && send_away(gates, &gates->items[i], gate);
		}
	/* Without them, it may do. */
	cycle->wanted += guests;
	shim_cycle__end(cycle, ended, to_cost(gates, CYCLES_NS));
	shim_counts__charge(gates->counts, NULL, to_cost(gates, DISTURBANCE * cost_ns));
	cycle->price_ns += ((1 + DISTURBANCE) * cost_ns - cycle->price_ns) / (cycle->n > 1 ? 4 : 1);
	gates->counts->memory.table->n_windows++;
	shim_gates__charge(gates, NULL, began_ns);
	plan_cycles(gates, gate);
	if (!shim_cycle__is_too_long(cycle))
		return;
	end_reference(gates, gate);
	shim_lines__rule_out(&gate->lines, reference);
}

/* The reference of the gate's functions was hit. Returns whether events are to be set. */
static bool step(struct shim_gates *gates, struct shim_gate *gate, uint64_t now)
{
	switch (shim_cycle__hit(&gate->cycle)) {
	case SHIM_CYCLE_END:
		end_cycles(gates, gate, true, now);
		return false;
	case SHIM_CYCLE_ASK:
		(void)update(gates);
		/*
		 * It may be a little early, if the reference was hit more often than foreseen. To wait for money would
		 * prefer cycles that follow long ones, and these may be like them.
		 */
		if (gate->in_window || gate->counting || gates->purse.saved_ns < -EARLY * cycles_limit_ns(gates)) {
			plan_cycles(gates, gate);
			return false;
		}
		gate->cycle.state = SHIM_CYCLE_ASKED;
		return true;
	default:
		return false;
	}
}

bool shim_gates__joins(const struct shim_gates *gates, uint32_t number, uint32_t asked)
{
	const struct shim_gate *gate = gate_of(gates, number);

	if (!gate || !gate->shut || gate->in_window || gate->counting)
		return false;
	return number == asked ||
	       (gate->cycle.state == SHIM_CYCLE_NONE && !gate->alone && (!gate->host || gate->host == asked));
}

void shim_gates__begin_cycles(struct shim_gates *gates, uint32_t asked, uint32_t id)
{
	for (uint32_t i = 0; i < gates->n; i++)
		if (shim_gates__joins(gates, i + 1, asked))
			gates->items[i].counting = asked;
	gates->items[asked - 1].cycle.function = id;
	shim_cycle__begin(&gates->items[asked - 1].cycle, to_cost(gates, cycles_limit_ns(gates)));
	each_function(gates, begin_cycles, &asked);
}

bool shim_gates__take(struct shim_gates *gates, uint32_t number, uint64_t now, uint64_t cost)
{
	struct shim_gate *gate = gate_of(gates, number);

	if (!gate)
		return true;
	gate->cost += cost;
	if (gate->in_window && (now > gates->deadline || table_cost(gates) - gates->begun_cost > gates->limit))
		shim_gates__end_window(gates, now);
	gates->borrowed += gate->counting ? cost : 0;
	if (gate->counting && shim_cycle__spend(&gates->items[gate->counting - 1].cycle, cost) == SHIM_CYCLE_GIVE_UP)
		end_cycles(gates, &gates->items[gate->counting - 1], false, now);
	if (__builtin_expect(table_cost(gates) - gates->decided_cost > gates->slice, 0))
		decide(gates, now);
	return shim_gates__passes(gates, number);
}

bool shim_gates__passes(const struct shim_gates *gates, uint32_t number)
{
	const struct shim_gate *gate = gate_of(gates, number);

	return !gate || !gate->shut || gate->in_window || gate->counting;
}

/* Chooses a reference for the gate, if there is one. */
static void choose_reference(struct shim_gates *gates, struct shim_gate *gate, uint32_t id)
{
	uint32_t line = shim_lines__reference(&gate->lines, LEAST_HITS);

	if (line == SHIM_LINES_NONE || gate->in_window || gate->counting)
		return;
	if (gate->host)
		each_function(gates, settle_record, gate);
	gate->host = 0;
	(void)update(gates);
	/* What it costs is not known yet. */
	shim_cycle__refer(&gate->cycle, line, gate->shut_cpu_ns, fmin(FIRST_CYCLES_NS, cycles_limit_ns(gates) / 2));
	gate->cycle.hits = gate->lines.items[line].total;
	plan_cycles(gates, gate);
	each_function(gates, refer_record, &(struct referring){gate, id, line});
}

/* Function ID of the gate, perhaps that of another thread, may have been met only after the others got a reference. */
static void refer_late(struct shim_gates *gates, struct shim_gate *gate, uint32_t id)
{
	const struct shim_gate *host = gate->host ? gate_of(gates, gate->host) : gate;
	const struct referring referring = {gate, host == gate ? id : host->cycle.function, host->cycle.reference};

	if (!record_of(gates, id, own_ns(gates)) || host->cycle.state == SHIM_CYCLE_NONE)
		return;
	(void)update(gates);
	refer_record(gates, id, gate, (void *)&referring);
}

/* Whether what is called now is called by a function of gate NUMBER, perhaps by way of others. */
static bool is_called_by(const struct shim_gates *gates, uint32_t number)
{
	const struct lprof_shim_thread *stack = gates->thread ? gates->thread->stack : NULL;

	for (uint32_t i = stack ? stack->n : 0, looked = 0; i-- > 0 && looked < NEAR_FRAMES; looked++)
		if (gates->counts->functions[stack->frames[i].function - 1]->gate == number)
			return true;
	return false;
}

bool shim_gates__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now)
{
	struct shim_gate *gate = gate_of(gates, number);

	if (!gate)
		return false;
	shim_lines__hit(&gate->lines, line);
	if (__builtin_expect(!gate->shut, 1))
		return false;
	if (id <= gates->n_records && (!gates->records[id - 1] || !gates->records[id - 1]->referred))
		refer_late(gates, gate, id);
	if (__builtin_expect(gate->counting && gate->counting != number && !gate->host && !line, 0))
		gate->called = is_called_by(gates, gate->counting);
	if (gate->cycle.state == SHIM_CYCLE_NONE)
		choose_reference(gates, gate, id);
	else if (gate->cycle.reference == line)
		return step(gates, gate, now);
	return false;
}

bool shim_gates__take_exception(struct shim_gates *gates, uint64_t cost)
{
	uint64_t spent = table_cost(gates) - gates->decided_cost;

	gates->exceptions_cost += cost;
	if (spent <= gates->slice)
		return true;
	(void)update(gates);
	if (gates->exceptions_cost >= spent / 4 && gates->purse.saved_ns < -DEBT_NS) {
		/* Without them, it is not known when frames end. In windows that does not matter. */
		gates->purse.saved_ns = -2 * MOST_DEBT_NS;
		gates->counts->memory.table->unfollowed = 1;
	}
	decide(gates, shim_clock__ticks(gates->counts->memory.run->clock));
	return !gates->counts->memory.table->unfollowed;
}

bool shim_gates__is_counted(const struct shim_gates *gates, uint32_t number, uint32_t line, uint32_t n_lines)
{
	/* At least one of them is. */
	return (uint32_t)(chance(gates, number, UINT32_MAX) * n_lines) == line ||
	       chance(gates, number, line) < gates->window_part;
}

/* Whether nothing but windows tells of the gate's functions. */
static bool needs_windows(const struct shim_gate *gate)
{
	return gate->shut && gate->cycle.state == SHIM_CYCLE_NONE && !gate->host;
}

/* Has what was counted of the function outside of windows told apart from what is counted in this one. */
static void begin_window(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows = gate->in_window ? record_of(gates, id, own_ns(gates)) : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;

	(void)ctx;
	if (function)
		remember(windows, function);
}

bool shim_gates__choose(struct shim_gates *gates)
{
	double cpu_ns = update(gates), part;
	size_t n = 0;

	for (size_t i = 0; i < gates->n; i++)
		n += needs_windows(&gates->items[i]);
	if (!n) {
		__atomic_store(&gates->next_cpu_ns, &(double){cpu_ns + NEEDLESS_NS}, __ATOMIC_RELAXED);
		return false;
	}
	part = n > MOST_IN_WINDOW ? (double)MOST_IN_WINDOW / (double)n : 1;
	gates->seed = hash__number(hash__number(HASH_START, gates->seed), 1);
	gates->window = gates->counts->memory.table->n_windows % TIMED ? SHIM_WINDOW_HITS : SHIM_WINDOW_TIMES;
	gates->opened_cost = table_cost(gates);
	gates->window_part = gates->part * (0.5 + chance(gates, 0, 2));
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].in_window =
			needs_windows(&gates->items[i]) && chance(gates, (uint32_t)i + 1, UINT32_MAX - 1) < part;
	each_function(gates, begin_window, NULL);
	return true;
}

void shim_gates__opened(struct shim_gates *gates, uint64_t now)
{
	double limit_ns = LIMIT_NS < (double)gates->pause_ns / 2 ? LIMIT_NS : (double)gates->pause_ns / 2;
	bool same_clock = gates->counts->memory.run->clock != LPROF_SHIM_THREAD_CPU;

	gates->begun_cost = table_cost(gates);
	gates->limit = to_cost(gates, limit_ns);
	gates->deadline = same_clock ? now + (uint64_t)(SHIM_GATES_WINDOW_NS / gates->tick_ns) : UINT64_MAX;
	gates->opened_cpu_ns = shim_gates__cpu_ns(gates);
}

/* What a window has come to. */
struct ending {
	double own_ns[LPROF_SHIM_PRICES]; /* if events cost as much as that */
	size_t group;
};

static void add_times(struct lprof_shim_sampled *sampled, const struct lprof_shim_line *line, double own_ns,
		      double tick_ns)
{
	const struct lprof_shim_line *last = &sampled->last;

	uint64_t waiting_ns = line->times.waiting_ns - last->times.waiting_ns;

	sampled->ticks += ((double)(line->ticks - last->ticks) - (double)waiting_ns / tick_ns) / own_ns;
	sampled->cost += (double)(line->times.cost - last->times.cost) / 1000 / own_ns;
	sampled->blocked_ns += (double)(line->times.blocked_ns - last->times.blocked_ns) / own_ns;
}

static void add_rates(double rates[LPROF_SHIM_PRICES][LPROF_SHIM_GROUPS], double hits, const struct ending *ending)
{
	for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++)
		rates[p][ending->group] += hits / ending->own_ns[p];
}

/* Adds what the window has counted of function ID. */
static void add_window(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	const struct ending *ending = ctx;
	uint32_t number = (uint32_t)(gate - gates->items) + 1;
	struct lprof_shim_windows *windows = gate->in_window ? record_of(gates, id, 0) : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;
	bool timed = gates->window == SHIM_WINDOW_TIMES;

	if (!function)
		return;
	windows->own_ns[ending->group] += ending->own_ns[0];
	windows->n[ending->group]++;
	windows->n_timed[ending->group] += timed;
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		struct lprof_shim_sampled *sampled = &windows->lines[i];
		double hits = (double)(function->lines[i].hits - sampled->last.hits);

		if (timed) {
			add_times(sampled, &function->lines[i], ending->own_ns[0], gates->tick_ns);
			add_rates(sampled->timed, hits, ending);
		} else if (shim_gates__is_counted(gates, number, i, windows->n_lines)) {
			add_rates(sampled->rates, hits, ending);
			sampled->n[ending->group]++;
		}
	}
	remember(windows, function);
}

/* Chooses which part of the lines the next windows count. */
static void adapt(struct shim_gates *gates, double load)
{
	if (gates->window != SHIM_WINDOW_HITS)
		return;
	if (load > LOAD)
		gates->part *= load > 4 * LOAD ? 0.25 : LOAD / load;
	else if (load < LOAD / 2)
		gates->part *= 1.3;
	gates->part = gates->part < LEAST_PART ? LEAST_PART : gates->part > 1 ? 1 : gates->part;
}

/* When the next window may be: as soon as it can be paid for, and by chance a little later. */
static void plan_next(struct shim_gates *gates, double cpu_ns)
{
	double wait_ns, spent_ns = to_ns(gates, table_cost(gates) - gates->opened_cost);

	gates->price_ns += (spent_ns - gates->price_ns) / 4;
	wait_ns = shim_purse__wait_ns(&gates->purse, gates->price_ns);
	if (wait_ns < gates->price_ns / gates->purse.share)
		wait_ns = gates->price_ns / gates->purse.share;
	wait_ns *= 0.5 + chance(gates, 0, 1);
	__atomic_store(&gates->next_cpu_ns, &(double){cpu_ns + wait_ns}, __ATOMIC_RELAXED);
}

void shim_gates__end_window(struct shim_gates *gates, uint64_t now)
{
	struct ending ending = {.group = gates->counts->memory.table->n_windows / TIMED % LPROF_SHIM_GROUPS};
	double cpu_ns, cost_ns;
	uint64_t began_ns;

	if (!gates->window)
		return;
	began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
	cost_ns = to_ns(gates, table_cost(gates) - gates->begun_cost);
	cpu_ns = shim_gates__cpu_ns(gates);
	cpu_ns -= gates->opened_cpu_ns;
	for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++)
		ending.own_ns[p] = fmax(cpu_ns - (1 + p * LPROF_SHIM_PRICE_STEP) * cost_ns, LEAST_OWN * cpu_ns + 1);
	if (gates->window == SHIM_WINDOW_TIMES)
		shim_counts__drop(gates->counts, gates->thread, is_left, gates, now);
	each_function(gates, add_window, &ending);
	adapt(gates, cost_ns / ending.own_ns[0]);
	shim_counts__charge(gates->counts, NULL, to_cost(gates, DISTURBANCE * cost_ns));
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].in_window = false;
	gates->window = SHIM_WINDOW_NONE;
	gates->counts->memory.table->n_windows++;
	shim_gates__charge(gates, NULL, began_ns);
	cpu_ns = update(gates);
	plan_next(gates, cpu_ns);
}

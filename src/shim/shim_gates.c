// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * What an event costs was calibrated, and each one is charged. The account is looked at whenever some more was spent,
 * so it needs nobody else: should the profiler be gone or stopped, too much is spent for a tenth of a millisecond, and
 * then gates shut. A shut gate's events are given up one by one where they occur, and cost nothing from then on.
 *
 * Windows are opened when there is money for one, at random moments of the process's time on a processor. While each
 * line has an event, Python code is some five times slower, and how long the process would have taken by itself is what
 * is left of the window when five times as much is taken off: an error of a few per cent of the cost would be an error
 * of a quarter. So in most windows some lines are counted only, as many as cost about as much as the code itself, by
 * chance. The rate of a line's hits is the mean of those windows in which it was counted. All windows weigh the same,
 * however long they were, since how soon a window has spent what it may depends on what is counted.
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

#define SLICE_NS       1e5
#define DEBT_NS	       2e5 /* so much may be spent too much before gates shut, */
#define MOST_DEBT_NS   2e6 /* and so much before all of them do */
#define DEAR_PART      20  /* a gate that has cost one part in so many of what was spent is shut */
#define OPEN_PART      0.6 /* of the budget: gates that stay open must leave some of it for windows */
#define LIMIT_NS       2e5 /* that the events of a window may cost */
#define FIRST_PRICE_NS 1.5e5
#define MOST_IN_WINDOW 32 /* gates, on average */
#define LEAST_PART     0.01
#define LOAD	       0.7 /* what events of a window of hits should cost, by own time */
#define LEAST_SHARE    1e-4
#define DISTURBANCE    0.3 /* so much more than by calibration events cost in windows, where caches are cold for them */
#define LEAST_OWN      0.1 /* of a window's time on a processor is the process's own, at least */
#define TIMED	       4   /* one window in so many */

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
	gates->decided_cpu_ns = 0;
	gates->exceptions_cost = 0;
	gates->next_cpu_ns = 0;
	/* Until it is known how long a tick takes, it is taken to be short. */
	gates->slice = (uint64_t)(1000 * SLICE_NS);
}

void shim_gates__begin(struct shim_gates *gates, struct shim_counts *counts)
{
	*gates = (struct shim_gates){.tick_ns = 0.4, .part = 0.25, .price_ns = FIRST_PRICE_NS};
	if (!counts->memory.run->share_ppm)
		return;
	gates->counts = counts;
	gates->pause_ns = counts->memory.run->pause_ns;
	gates->seed = shim_clock__read_ns(CLOCK_MONOTONIC);
	open_account(gates);
}

void shim_gates__release(struct shim_gates *gates)
{
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
	}
	memset(gates->records, 0, gates->n_records * sizeof(struct lprof_shim_windows *));
	open_account(gates);
}

uint32_t shim_gates__find(struct shim_gates *gates, const struct shim_identity *identity)
{
	const struct shim_gate gate = {
		.first_line = identity->first_line, .code_size = identity->code_size, .shut = gates->all_shut};

	if (!gates->counts)
		return 0;
	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].first_line == gate.first_line && gates->items[i].code_size == gate.code_size)
			return (uint32_t)i + 1;
	if (grow__one(&gates->items, &gates->room, gates->n, sizeof(*gates->items)))
		return 0;
	gates->items[gates->n++] = gate;
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
	remember(windows, function);
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

	return gate && gate->shut;
}

static void shut(struct shim_gates *gates, struct shim_gate *gate)
{
	gates->n_shut += !gate->shut;
	gate->shut = true;
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
	struct shim_gate *dearest = find_dearest(gates);
	uint64_t open = 0;

	for (size_t i = 0; i < gates->n; i++)
		open += gates->items[i].shut ? 0 : gates->items[i].cost;
	if (gates->purse.saved_ns < -MOST_DEBT_NS) {
		gates->all_shut = true;
		for (size_t i = 0; i < gates->n; i++)
			shut(gates, &gates->items[i]);
	} else if (gates->purse.saved_ns < -DEBT_NS) {
		for (size_t i = 0; i < gates->n; i++)
			if (gates->items[i].cost >= spent / DEAR_PART)
				shut(gates, &gates->items[i]);
	} else if (dearest && gates->n_shut && to_ns(gates, open) > OPEN_PART * gates->purse.share * cpu_ns &&
		   dearest->cost >= open / 2) {
		shut(gates, dearest);
	}
}

/* Decides which gates stay open. */
static void decide(struct shim_gates *gates, uint64_t now)
{
	double cpu_ns = update(gates);
	uint64_t spent = table_cost(gates) - gates->decided_cost;
	size_t n_shut = gates->n_shut;

	shut_some(gates, spent, cpu_ns - gates->decided_cpu_ns);
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].cost = 0;
	gates->decided_cost = table_cost(gates);
	gates->decided_cpu_ns = cpu_ns;
	gates->exceptions_cost = 0;
	if (gates->n_shut == n_shut)
		return;
	shim_counts__drop(gates->counts, gates->thread, is_left, gates, now);
	each_function(gates, begin_record, NULL);
}

bool shim_gates__take(struct shim_gates *gates, uint32_t number, uint64_t now, uint64_t cost)
{
	struct shim_gate *gate = gate_of(gates, number);

	if (!gate)
		return true;
	gate->cost += cost;
	if (gate->in_window && (now > gates->deadline || table_cost(gates) - gates->begun_cost > gates->limit))
		shim_gates__end_window(gates, now);
	if (__builtin_expect(table_cost(gates) - gates->decided_cost > gates->slice, 0))
		decide(gates, now);
	return !gate->shut || gate->in_window;
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

/* A number from 0 to 1, by chance, that is the same for the same window, gate and line. */
static double chance(const struct shim_gates *gates, uint32_t number, uint32_t line)
{
	uint64_t hash = hash__number(hash__number(hash__number(HASH_START, gates->seed), number), line);

	/* The lower bits are the ones that are mixed well. */
	hash = hash__number(hash__number(hash, hash >> 29), hash >> 17);
	return (double)(hash & UINT32_MAX) / ((double)UINT32_MAX + 1);
}

bool shim_gates__is_counted(const struct shim_gates *gates, uint32_t number, uint32_t line, uint32_t n_lines)
{
	/* At least one of them is. */
	return (uint32_t)(chance(gates, number, UINT32_MAX) * n_lines) == line ||
	       chance(gates, number, line) < gates->window_part;
}

void shim_gates__choose(struct shim_gates *gates)
{
	double part = gates->n_shut > MOST_IN_WINDOW ? (double)MOST_IN_WINDOW / (double)gates->n_shut : 1;

	(void)update(gates);
	gates->seed = hash__number(hash__number(HASH_START, gates->seed), 1);
	gates->window = gates->counts->memory.table->n_windows % TIMED ? SHIM_WINDOW_HITS : SHIM_WINDOW_TIMES;
	gates->opened_cost = table_cost(gates);
	gates->window_part = gates->part * (0.5 + chance(gates, 0, 2));
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].in_window =
			gates->items[i].shut && chance(gates, (uint32_t)i + 1, UINT32_MAX - 1) < part;
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

void shim_gates__charge(struct shim_gates *gates, struct shim_thread *thread, uint64_t began_ns)
{
	uint64_t ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;

	shim_counts__charge(gates->counts, thread, to_cost(gates, (double)ns));
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
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
#include "shim/shim_windows.h"

#include <math.h>

#include "shim/shim_account.h"
#include "shim/shim_clock.h"
#include "shim/shim_records.h"

#define LIMIT_NS       2e5 /* that the events of a window may cost */
#define MOST_IN_WINDOW 32  /* gates, on average */
#define LEAST_PART     0.01
#define LOAD	       0.7 /* what events of a window of hits should cost, by own time */
#define LEAST_OWN      0.1 /* of a window's time on a processor is the process's own, at least */
#define TIMED	       4   /* one window in so many */
#define NEEDLESS_NS    2e7 /* so long until it is looked again whether a window is needed */

bool shim_windows__is_counted(const struct shim_gates *gates, uint32_t number, uint32_t line, uint32_t n_lines)
{
	/* At least one of them is. */
	return (uint32_t)(shim_gate__chance(gates, number, UINT32_MAX) * n_lines) == line ||
	       shim_gate__chance(gates, number, line) < gates->window_part;
}

/* Whether nothing but windows tells of the gate's functions. */
static bool needs_windows(const struct shim_gate *gate)
{
	return gate->shut && gate->cycle.state == SHIM_CYCLE_NONE && !gate->host;
}

/* Has what was counted of the function outside of windows told apart from what is counted in this one. */
static void begin_window(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows =
		gate->in_window ? shim_records__of(gates, id, shim_account__own_ns(gates)) : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;

	(void)ctx;
	if (function)
		shim_records__remember(windows, function);
}

bool shim_windows__choose(struct shim_gates *gates)
{
	double cpu_ns = shim_account__update(gates), part;
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
	gates->opened_cost = shim_account__table_cost(gates);
	gates->window_part = gates->part * (0.5 + shim_gate__chance(gates, 0, 2));
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].in_window = needs_windows(&gates->items[i]) &&
					    shim_gate__chance(gates, (uint32_t)i + 1, UINT32_MAX - 1) < part;
	shim_records__each(gates, begin_window, NULL);
	return true;
}

void shim_windows__opened(struct shim_gates *gates, uint64_t now)
{
	double limit_ns = LIMIT_NS < (double)gates->pause_ns / 2 ? LIMIT_NS : (double)gates->pause_ns / 2;
	bool same_clock = gates->counts->memory.run->clock != LPROF_SHIM_THREAD_CPU;

	gates->begun_cost = shim_account__table_cost(gates);
	gates->limit = shim_account__to_cost(gates, limit_ns);
	gates->deadline = same_clock ? now + (uint64_t)(SHIM_WINDOWS_MOST_NS / gates->tick_ns) : UINT64_MAX;
	gates->opened_cpu_ns = shim_account__cpu_ns(gates);
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
	struct lprof_shim_windows *windows = gate->in_window ? shim_records__of(gates, id, 0) : NULL;
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
		} else if (shim_windows__is_counted(gates, number, i, windows->n_lines)) {
			add_rates(sampled->rates, hits, ending);
			sampled->n[ending->group]++;
		}
	}
	shim_records__remember(windows, function);
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
	double wait_ns, spent_ns = shim_account__to_ns(gates, shim_account__table_cost(gates) - gates->opened_cost);

	gates->price_ns += (spent_ns - gates->price_ns) / 4;
	wait_ns = shim_purse__wait_ns(&gates->purse, gates->price_ns);
	if (wait_ns < gates->price_ns / gates->purse.share)
		wait_ns = gates->price_ns / gates->purse.share;
	wait_ns *= 0.5 + shim_gate__chance(gates, 0, 1);
	__atomic_store(&gates->next_cpu_ns, &(double){cpu_ns + wait_ns}, __ATOMIC_RELAXED);
}

void shim_windows__end(struct shim_gates *gates, uint64_t now)
{
	struct ending ending = {.group = gates->counts->memory.table->n_windows / TIMED % LPROF_SHIM_GROUPS};
	double cpu_ns, cost_ns;
	uint64_t began_ns;

	if (!gates->window)
		return;
	began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
	cost_ns = shim_account__to_ns(gates, shim_account__table_cost(gates) - gates->begun_cost);
	cpu_ns = shim_account__cpu_ns(gates);
	cpu_ns -= gates->opened_cpu_ns;
	for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++)
		ending.own_ns[p] = fmax(cpu_ns - (1 + p * LPROF_SHIM_PRICE_STEP) * cost_ns, LEAST_OWN * cpu_ns + 1);
	if (gates->window == SHIM_WINDOW_TIMES)
		shim_counts__drop(gates->counts, gates->thread, shim_records__is_left, gates, now);
	shim_records__each(gates, add_window, &ending);
	adapt(gates, cost_ns / ending.own_ns[0]);
	shim_counts__charge(gates->counts, NULL, shim_account__to_cost(gates, SHIM_ACCOUNT_DISTURBANCE * cost_ns));
	for (size_t i = 0; i < gates->n; i++)
		gates->items[i].in_window = false;
	gates->window = SHIM_WINDOW_NONE;
	gates->counts->memory.table->n_windows++;
	shim_account__charge(gates, NULL, began_ns);
	cpu_ns = shim_account__update(gates);
	plan_next(gates, cpu_ns);
}

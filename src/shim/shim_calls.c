// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * While each line of a tight loop has an event, the loop is five times slower, and its own time is what is left when
 * that is taken off. If the price of an event is known to a tenth, a half of the own time is in doubt. But a call of
 * which only the beginning and the end have an event takes what it always does, and calls of functions with a reference
 * are all counted. So the function's whole time is known well, and with it the price of its lines' events
 * (monitoring_cycles.c).
 *
 * The end of a function has an event only where it was set. When cycles have been counted it still is, and it stays as
 * long as the callback does not give it up. So the calls after cycles are timed, which costs nothing but their ends'
 * events. In the first of them the lines give up their events.
 *
 * A function that calls itself is timed from its outermost call, and which one that is cannot be told: its frames are
 * not followed meanwhile. When its beginning comes again before its end, the time is dropped; when that happens often,
 * no call of it is timed.
 */
#include "shim/shim_calls.h"

#include "shim/shim_clock.h"
#include "shim/shim_records.h"

#define CALLS	 8 /* timed each time that cycles were counted */
#define FEW_LOST 3

void shim_calls__want(struct shim_gate *gate)
{
	struct shim_calls *calls = &gate->calls;

	calls->thread = NULL;
	calls->wanted = calls->unfit || !shim_lines__is_open(&gate->lines, 0) ? 0 : CALLS + 1;
}

static void lose(struct shim_calls *calls)
{
	calls->thread = NULL;
	if (++calls->n_lost > FEW_LOST && calls->n_lost > calls->n / CALLS)
		calls->unfit = true;
}

void shim_calls__cancel(struct shim_gate *gate)
{
	gate->calls.wanted = 0;
	if (gate->calls.thread)
		lose(&gate->calls);
}

void shim_calls__give_up(struct shim_gate *gate)
{
	gate->calls.unfit = true;
	gate->calls.thread = NULL;
}

static void begin_call(struct shim_gates *gates, struct shim_calls *calls)
{
	uint32_t clock = gates->counts->memory.run->clock;
	const struct lprof_shim_times *times =
		shim_counts__times(gates->counts, gates->thread, shim_clock__ticks(clock));

	if (!times)
		return;
	calls->thread = gates->thread;
	calls->times = *times;
	calls->since = shim_clock__ticks(clock);
}

void shim_calls__enter(struct shim_gates *gates, uint32_t number)
{
	struct shim_gate *gate = shim_gate__of(gates, number);
	struct shim_calls *calls = gate ? &gate->calls : NULL;

	if (!calls || !calls->wanted || calls->unfit || !gates->thread)
		return;
	if (calls->thread == gates->thread)
		lose(calls);
	else if (!calls->thread && calls->wanted > CALLS)
		calls->wanted--;
	else if (!calls->thread)
		begin_call(gates, calls);
}

/* Adds to the record of function ID that a call of it has taken until NOW, COST for its end included. */
static void add_call(struct shim_gates *gates, uint32_t id, const struct shim_calls *calls, uint64_t now, uint64_t cost)
{
	struct lprof_shim_windows *windows = id <= gates->n_records ? gates->records[id - 1] : NULL;
	const struct lprof_shim_times *times = shim_counts__times(gates->counts, gates->thread, now);
	double ticks = (double)(now - calls->since);

	if (!windows || !times)
		return;
	ticks -= (double)(times->cost - calls->times.cost + cost) / 1000;
	ticks -= (double)(times->waiting_ns - calls->times.waiting_ns) / gates->tick_ns;
	if (ticks <= 0)
		return;
	windows->n_calls++;
	windows->call_ticks += ticks;
	windows->call_squares += ticks * ticks;
}

bool shim_calls__leave(struct shim_gates *gates, uint32_t number, uint32_t id, uint64_t now, uint64_t cost)
{
	struct shim_gate *gate = shim_gate__of(gates, number);
	struct shim_calls *calls = gate ? &gate->calls : NULL;

	if (!calls || !calls->wanted || calls->unfit)
		return false;
	if (!calls->thread || calls->thread != gates->thread)
		return true;
	add_call(gates, id, calls, now, cost);
	calls->thread = NULL;
	calls->n++;
	return --calls->wanted;
}

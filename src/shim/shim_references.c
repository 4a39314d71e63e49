// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * Of a function that does not fit, most lines do: those outside of its loops, say. They stay open, and their hits are
 * counted all the time. One of them is the function's reference, and the other lines are counted from one hit of it to
 * another now and then (shim_cycle.c), which needs no clock. A function of which no line fits is counted together with
 * one that calls it.
 */
#include "shim/shim_references.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shim/shim_account.h"
#include "shim/shim_calls.h"
#include "shim/shim_clock.h"
#include "shim/shim_records.h"

#define LEAST_HITS	8     /* a reference was hit more often */
#define CYCLES_NS	1.5e5 /* that the events should cost when cycles are counted once */
#define MOST_MET	4     /* one that is in so many cycles of others need not be called by them */
#define NEAR_FRAMES	32    /* in which its caller is looked for */
#define FIRST_CYCLES_NS 5e5   /* what it is taken to cost to count cycles for the first time */
#define EARLY		0.25  /* of what cycles may cost at most: so much money may be missing */

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
	windows->settled_ns += n > 0 ? shim_account__own_ns(gates) - windows->referred_ns : 0;
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
	struct lprof_shim_windows *windows =
		gate == referring->gate ? shim_records__of(gates, id, shim_account__own_ns(gates)) : NULL;
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
	windows->referred_ns = shim_account__own_ns(gates);
	refer_back(gates, windows);
}

/* What was counted in cycles of the gate's functions is not true of all: it is forgotten; windows have to tell it. */
static void forget_cycles(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows = gate == ctx ? gates->records[id - 1] : NULL;

	if (!windows)
		return;
	memset(windows->references, 0, sizeof(windows->references));
	windows->referred = 0;
	for (uint32_t i = 0; i < windows->n_lines; i++) {
		struct lprof_shim_sampled *line = &windows->lines[i];

		memset(line->cycle_hits, 0, sizeof(line->cycle_hits));
		line->cycle_ticks = line->cycle_cost = line->cycle_blocked_ns = 0;
	}
}

/* The gate's reference is none any more, neither for itself nor for others. HOLDS: what it has told is true. */
static void end_reference(struct shim_gates *gates, struct shim_gate *gate, bool holds)
{
	uint32_t number = (uint32_t)(gate - gates->items) + 1;

	if (gate->cycle.state == SHIM_CYCLE_NONE)
		return;
	shim_records__each(gates, holds ? settle_record : forget_cycles, gate);
	gate->cycle.state = SHIM_CYCLE_NONE;
	for (size_t i = 0; i < gates->n; i++) {
		struct shim_gate *guest = &gates->items[i];

		if (guest->counting == number)
			guest->counting = 0;
		if (guest->host != number)
			continue;
		shim_records__each(gates, holds ? settle_record : forget_cycles, guest);
		guest->host = 0;
	}
}

void shim_references__end(struct shim_gates *gates, struct shim_gate *gate)
{
	end_reference(gates, gate, true);
}

/* What the events may cost when cycles are counted once. */
static double cycles_limit_ns(const struct shim_gates *gates)
{
	return fmin((double)gates->pause_ns, gates->purse.share * SHIM_PURSE_SAVED_NS) / 2;
}

/* When cycles of the gate's functions are counted the next time: as soon as that can be paid for, beside others. */
static void plan_cycles(struct shim_gates *gates, struct shim_gate *gate)
{
	double cpu_ns = shim_account__update(gates), price_ns = gate->cycle.price_ns,
	       each_ns = price_ns / gates->purse.share;
	double wait_ns = shim_purse__wait_ns(&gates->purse, price_ns);

	gates->seed = hash__number(hash__number(HASH_START, gates->seed), 2);
	shim_cycle__plan(&gate->cycle, cpu_ns, fmax(wait_ns, each_ns * (double)gates->n_shut),
			 shim_gate__chance(gates, 0, 3));
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
		line->cycle_ticks += (double)(now->ticks - last->ticks) -
				     (double)(now->times.waiting_ns - last->times.waiting_ns) / gates->tick_ns;
		line->cycle_cost += (double)(now->times.cost - last->times.cost) / 1000;
		line->cycle_blocked_ns += (double)(now->times.blocked_ns - last->times.blocked_ns);
	}
	if (reference) {
		windows->references[group] += (double)(reference->hits - windows->begun_hits);
		windows->n_cycles++;
	}
	shim_records__remember(windows, function);
}

/* Marks where cycles begin. */
static void begin_cycles(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows =
		gate->counting == *(uint32_t *)ctx ? shim_records__of(gates, id, shim_account__own_ns(gates)) : NULL;
	const struct lprof_shim_function *function = windows ? shim_counts__find(gates->counts, id) : NULL;
	const struct lprof_shim_line *reference = function ? reference_of(gates, windows) : NULL;

	if (!function)
		return;
	windows->begun_hits = reference ? reference->hits : 0;
	shim_records__remember(windows, function);
}

/* Whether frames of the function of a gate are on no stack any more. */
struct leaving {
	const struct shim_gates *gates;
	uint32_t counting;
};

static bool leaves(const struct lprof_shim_function *function, void *ctx)
{
	const struct leaving *leaving = ctx;
	const struct shim_gate *gate = shim_gate__of(leaving->gates, function->gate);

	return gate && gate->counting == leaving->counting;
}

/* The gate has been counted in cycles of HOST, whose reference is a line of function ID. */
static void end_cycles_of(struct shim_gates *gates, struct shim_gate *gate, const struct shim_gate *host, bool ended)
{
	uint32_t number = (uint32_t)(host - gates->items) + 1;
	struct counted counted = {.gate = gate};

	gate->counting = 0;
	if (ended)
		shim_records__each(gates, add_cycles, &counted);
	if (gate == host || gate->host || !counted.hit)
		return;
	/* What is hit between hits of that reference can be told by it, best if that is its caller. */
	if (!gate->called && ++gate->n_met < MOST_MET)
		return;
	gate->host = number;
	shim_records__each(gates, refer_record, &(struct referring){gate, host->cycle.function, host->cycle.reference});
}

/* Cycles of HOST were too long: no other GATE is counted in them any more. Returns whether this one was. */
static bool send_away(struct shim_gates *gates, struct shim_gate *gate, const struct shim_gate *host)
{
	if (gate == host)
		return false;
	if (gate->host)
		shim_records__each(gates, settle_record, gate);
	gate->host = 0;
	gate->alone = true;
	return true;
}

/* Ends the counting of cycles; ENDED: with their end. */
void shim_references__end_cycles(struct shim_gates *gates, struct shim_gate *gate, bool ended, uint64_t now)
{
	struct shim_cycle *cycle = &gate->cycle;
	double cost_ns = shim_account__to_ns(gates, cycle->cost);
	uint64_t began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
	uint32_t number = (uint32_t)(gate - gates->items) + 1, reference = cycle->reference;
	bool guests = false;

	shim_counts__drop(gates->counts, gates->thread, leaves, &(struct leaving){gates, number}, now);
	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].counting == number) {
			end_cycles_of(gates, &gates->items[i], gate, ended);
			guests |= !ended && send_away(gates, &gates->items[i], gate);
		}
	if (guests)
		shim_cycle__try_again(cycle); /* without them, it may do */
	else
		shim_cycle__end(cycle, ended, shim_account__to_cost(gates, CYCLES_NS));
	if (ended)
		shim_calls__want(gate);
	shim_counts__charge(gates->counts, NULL, shim_account__to_cost(gates, SHIM_ACCOUNT_DISTURBANCE * cost_ns));
	cycle->price_ns += ((1 + SHIM_ACCOUNT_DISTURBANCE) * cost_ns - cycle->price_ns) / (cycle->n > 1 ? 4 : 1);
	gates->counts->memory.table->n_windows++;
	shim_account__charge(gates, NULL, began_ns);
	plan_cycles(gates, gate);
	if (!shim_cycle__is_too_long(cycle))
		return;
	end_reference(gates, gate, false);
	shim_lines__rule_out(&gate->lines, reference);
}

/* The reference of the gate's functions was hit. Returns whether events are to be set. */
static bool step(struct shim_gates *gates, struct shim_gate *gate, uint64_t now)
{
	switch (shim_cycle__hit(&gate->cycle)) {
	case SHIM_CYCLE_END:
		shim_references__end_cycles(gates, gate, true, now);
		return false;
	case SHIM_CYCLE_ASK:
		(void)shim_account__update(gates);
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

bool shim_references__joins(const struct shim_gates *gates, uint32_t number, uint32_t asked)
{
	const struct shim_gate *gate = shim_gate__of(gates, number);

	if (!gate || !gate->shut || gate->in_window || gate->counting)
		return false;
	return number == asked ||
	       (gate->cycle.state == SHIM_CYCLE_NONE && !gate->alone && (!gate->host || gate->host == asked));
}

void shim_references__begin_cycles(struct shim_gates *gates, uint32_t asked, uint32_t id)
{
	for (uint32_t i = 0; i < gates->n; i++)
		if (shim_references__joins(gates, i + 1, asked)) {
			gates->items[i].counting = asked;
			shim_calls__cancel(&gates->items[i]);
		}
	gates->items[asked - 1].cycle.function = id;
	shim_cycle__begin(&gates->items[asked - 1].cycle, shim_account__to_cost(gates, cycles_limit_ns(gates)));
	shim_records__each(gates, begin_cycles, &asked);
}

/* Chooses a reference for the gate, if there is one. */
static void choose_reference(struct shim_gates *gates, struct shim_gate *gate, uint32_t id)
{
	uint32_t line = shim_lines__reference(&gate->lines, LEAST_HITS);

	if (line == SHIM_LINES_NONE || gate->in_window || gate->counting)
		return;
	if (gate->host)
		shim_records__each(gates, settle_record, gate);
	gate->host = 0;
	(void)shim_account__update(gates);
	/* What it costs is not known yet. */
	shim_cycle__refer(&gate->cycle, line, gate->shut_cpu_ns, fmin(FIRST_CYCLES_NS, cycles_limit_ns(gates) / 2));
	gate->cycle.hits = gate->lines.items[line].total;
	plan_cycles(gates, gate);
	shim_records__each(gates, refer_record, &(struct referring){gate, id, line});
}

/* Function ID of the gate, perhaps that of another thread, may have been met only after the others got a reference. */
static void refer_late(struct shim_gates *gates, struct shim_gate *gate, uint32_t id)
{
	const struct shim_gate *host = gate->host ? shim_gate__of(gates, gate->host) : gate;
	const struct referring referring = {gate, host == gate ? id : host->cycle.function, host->cycle.reference};

	if (!shim_records__of(gates, id, shim_account__own_ns(gates)) || host->cycle.state == SHIM_CYCLE_NONE)
		return;
	(void)shim_account__update(gates);
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

bool shim_references__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now)
{
	struct shim_gate *gate = shim_gate__of(gates, number);

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

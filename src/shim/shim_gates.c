// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * What an event costs was calibrated, and each one is charged. The account is looked at whenever some more was spent,
 * so it needs nobody else: should the profiler be gone or stopped, too much is spent for a tenth of a millisecond, and
 * then gates shut. A shut gate's events are given up one by one where they occur, and cost nothing from then on.
 */
#include "shim/shim_gates.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "shim/shim_account.h"
#include "shim/shim_calls.h"
#include "shim/shim_clock.h"
#include "shim/shim_records.h"
#include "shim/shim_references.h"
#include "shim/shim_windows.h"

#define DEBT_NS	       2e5 /* so much may be spent too much before gates shut, */
#define MOST_DEBT_NS   2e6 /* and so much before all of them do */
#define DEAR_PART      20  /* a gate that has cost one part in so many of what was spent is shut */
#define OPEN_PART      0.6 /* of the budget: gates that stay open must leave some of it for windows */
#define FIRST_PRICE_NS 1.5e5
#define LINE_PART      0.1  /* of the budget: so much a line may cost that stays open when its function's gate shuts, */
#define LINES_PART     0.25 /* and so much all such lines */

void shim_gates__begin(struct shim_gates *gates, struct shim_counts *counts, uint64_t line_cost)
{
	*gates = (struct shim_gates){.tick_ns = 0.4, .part = 0.25, .price_ns = FIRST_PRICE_NS, .line_cost = line_cost};
	if (!counts->memory.run->share_ppm)
		return;
	gates->counts = counts;
	gates->pause_ns = counts->memory.run->pause_ns;
	gates->seed = shim_clock__read_ns(CLOCK_MONOTONIC);
	shim_account__open(gates);
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
		shim_calls__cancel(&gates->items[i]);
		gates->items[i].host = gates->items[i].counting = 0;
		gates->items[i].shut_cpu_ns = 0;
		shim_lines__forget_all(&gates->items[i].lines);
	}
	memset(gates->records, 0, gates->n_records * sizeof(struct lprof_shim_windows *));
	shim_account__open(gates);
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
	if (shim_gate__of(gates, number)->shut)
		(void)shim_records__of(gates, id, shim_account__own_ns(gates));
}

static void begin_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	(void)ctx;
	if (gate->shut)
		(void)shim_records__of(gates, id, shim_account__own_ns(gates));
}

/* Shuts the gate, CPU_NS after it was last decided. */
static void shut(struct shim_gates *gates, struct shim_gate *gate, double cpu_ns)
{
	if (gate->shut)
		return;
	gates->n_shut++;
	gate->shut = true;
	gate->shut_cpu_ns = gates->purse.cpu_ns;
	shim_lines__choose(&gate->lines,
			   LINE_PART * gates->purse.share * cpu_ns / shim_account__to_ns(gates, gates->line_cost + 1));
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
	double saved_ns = gates->purse.saved_ns + shim_account__to_ns(gates, gates->borrowed);
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
	} else if (dearest && gates->n_shut &&
		   shim_account__to_ns(gates, open) > OPEN_PART * gates->purse.share * cpu_ns &&
		   dearest->cost >= open / 2) {
		shut(gates, dearest, cpu_ns);
	}
}

static void close_record(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx)
{
	struct lprof_shim_windows *windows = gates->records[id - 1];

	for (uint32_t i = 0; gate == ctx && windows && i < windows->n_lines; i++)
		windows->lines[i].is_open = shim_lines__is_open(&gate->lines, i);
}

static void close_line(struct shim_gates *gates, struct shim_gate *gate, uint32_t line)
{
	gate->lines.items[line].closed = true;
	if (gate->cycle.reference == line)
		shim_references__end(gates, gate);
	shim_records__each(gates, close_record, gate);
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
	double each_ns = shim_account__to_ns(gates, gates->line_cost);
	struct shim_gate *gate;
	uint32_t line;

	for (size_t i = 0; i < gates->n; i++)
		if (gates->items[i].shut)
			spent_ns += each_ns * (double)shim_lines__hits(&gates->items[i].lines);
	if (spent_ns < SHIM_ACCOUNT_SLICE_NS)
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
	double cpu_ns = shim_account__update(gates);
	uint64_t spent = shim_account__table_cost(gates) - gates->decided_cost;
	size_t n_shut = gates->n_shut;

	shut_some(gates, spent, cpu_ns - gates->decided_cpu_ns);
	decide_lines(gates, cpu_ns);
	for (size_t i = 0; i < gates->n; i++) {
		gates->items[i].cost = 0;
		if (!gates->items[i].shut)
			shim_lines__forget_hits(&gates->items[i].lines);
	}
	gates->decided_cost = shim_account__table_cost(gates);
	gates->decided_cpu_ns = cpu_ns;
	gates->exceptions_cost = 0;
	if (gates->n_shut == n_shut)
		return;
	shim_counts__drop(gates->counts, gates->thread, shim_records__is_left, gates, now);
	shim_records__each(gates, begin_record, NULL);
}

bool shim_gates__take(struct shim_gates *gates, uint32_t number, uint64_t now, uint64_t cost)
{
	struct shim_gate *gate = shim_gate__of(gates, number);

	if (!gate)
		return true;
	gate->cost += cost;
	if (gate->in_window &&
	    (now > gates->deadline || shim_account__table_cost(gates) - gates->begun_cost > gates->limit))
		shim_windows__end(gates, now);
	gates->borrowed += gate->counting ? cost : 0;
	if (gate->counting && shim_cycle__spend(&gates->items[gate->counting - 1].cycle, cost) == SHIM_CYCLE_GIVE_UP)
		shim_references__end_cycles(gates, &gates->items[gate->counting - 1], false, now);
	if (__builtin_expect(shim_account__table_cost(gates) - gates->decided_cost > gates->slice, 0))
		decide(gates, now);
	return shim_gates__passes(gates, number);
}

bool shim_gates__passes(const struct shim_gates *gates, uint32_t number)
{
	const struct shim_gate *gate = shim_gate__of(gates, number);

	return !gate || !gate->shut || gate->in_window || gate->counting;
}

bool shim_gates__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now)
{
	struct shim_gate *gate = shim_gate__of(gates, number);

	if (!gate)
		return false;
	shim_lines__hit(&gate->lines, line);
	if (__builtin_expect(!gate->shut, 1))
		return false;
	return shim_references__hit(gates, number, id, line, now);
}

bool shim_gates__take_exception(struct shim_gates *gates, uint64_t cost)
{
	uint64_t spent = shim_account__table_cost(gates) - gates->decided_cost;

	gates->exceptions_cost += cost;
	if (spent <= gates->slice)
		return true;
	(void)shim_account__update(gates);
	if (gates->exceptions_cost >= spent / 4 && gates->purse.saved_ns < -DEBT_NS) {
		/* Without them, it is not known when frames end. In windows that does not matter. */
		gates->purse.saved_ns = -2 * MOST_DEBT_NS;
		gates->counts->memory.table->unfollowed = 1;
	}
	decide(gates, shim_clock__ticks(gates->counts->memory.run->clock));
	return !gates->counts->memory.table->unfollowed;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_counts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "monitoring/monitoring_cycles.h"
#include "monitoring/monitoring_windows.h"

#define MOST_NS 9e18 /* what is more fits into no counter, and is nonsense */

/* A table that is being added. */
struct addition {
	struct monitoring_counts *counts;
	const struct monitoring_table *table;
	const struct monitoring_reading *reading;
	double own_ns;	     /* of the process on a processor */
	size_t *first_lines; /* of each function of the table: the index of its entry's counters */
};

void monitoring_counts__release(struct monitoring_counts *counts)
{
	python_codes__release(&counts->codes);
	free(counts->counters.owners);
	free(counts->counters.lines);
	free(counts->counters.interpreted);
	free(counts->totals);
	*counts = (struct monitoring_counts){0};
}

static uint64_t to_ns(double ticks, const struct monitoring_reading *reading)
{
	double ns = ticks * reading->tick_ns;

	return ns > 0 && ns < MOST_NS ? (uint64_t)llround(ns) : 0;
}

/* The ID of the process's or thread's counters, which is 0 if all are together. 0 or -ENOMEM. */
static int find_owner(const struct addition *addition, const struct lprof_shim_function *function, uint32_t *id)
{
	struct counters *counters = &addition->counts->counters;
	bool threads = addition->reading->by == PROFILE_BY_THREAD;
	struct lprof_owner who = {.tgid = (uint32_t)addition->table->head->pid, .tid = threads ? function->tid : 0};

	*id = 0;
	if (addition->reading->by == PROFILE_BY_NOTHING)
		return 0;
	if (threads)
		memcpy(who.comm, function->comm, sizeof(who.comm) - 1);
	for (size_t i = counters->n_owners; i-- > 0 && !*id;)
		if (counters->owners[i].who.tgid == who.tgid && counters->owners[i].who.tid == who.tid)
			*id = counters->owners[i].id;
	if (*id)
		return 0;
	if (grow__one(&counters->owners, &addition->counts->owners_room, counters->n_owners, sizeof(*counters->owners)))
		return -ENOMEM;
	*id = (uint32_t)counters->n_owners + 1;
	counters->owners[counters->n_owners++] = (struct counters_owner){.id = *id, .who = who};
	return 0;
}

/* Adds a time of TICKS, of which TIMES are parts. */
static void add_times(struct lprof_edge *edge, uint64_t ticks, const struct lprof_shim_times *times,
		      const struct monitoring_reading *reading)
{
	uint64_t ns = to_ns((double)ticks, reading);
	uint64_t blocked_ns = times->blocked_ns < ns ? times->blocked_ns : ns;
	uint64_t waiting_ns = times->waiting_ns < ns - blocked_ns ? times->waiting_ns : ns - blocked_ns;

	edge->times.cpu_ns += ns - blocked_ns - waiting_ns;
	edge->times.blocked_ns += blocked_ns;
	edge->times.waiting_ns += waiting_ns;
	edge->times.probe_ns += to_ns((double)times->cost / 1000, reading);
}

static int add_line(struct monitoring_counts *counts, const struct counters_line *where,
		    const struct lprof_shim_line *line, const struct monitoring_reading *reading)
{
	struct counters *counters = &counts->counters;

	if (grow__one(&counts->totals, &counts->totals_room, counters->n_lines, sizeof(*counts->totals)) ||
	    grow__one(&counters->lines, &counts->lines_room, counters->n_lines, sizeof(*counters->lines)) ||
	    grow__one(&counters->interpreted, &counts->edges_room, counters->n_interpreted,
		      sizeof(*counters->interpreted)))
		return -ENOMEM;
	counts->totals[counters->n_lines] = (struct python_total){0};
	counters->lines[counters->n_lines] = *where;
	counters->lines[counters->n_lines++].edge = (uint32_t)counters->n_interpreted;
	counters->interpreted[counters->n_interpreted++] = (struct lprof_edge){
		.departures = line->hits,
		.arrivals = line->visits,
	};
	add_times(&counters->interpreted[counters->n_interpreted - 1], line->ticks, &line->times, reading);
	return 0;
}

/* What windows tell of a function. */
struct estimate {
	const struct lprof_shim_windows *windows; /* NULL: it was counted all the time */
	struct monitoring_cycles cycles;
	struct monitoring_price price;
	double out_ns, scale;
};

/* The function that has the reference of the one of WINDOWS; NULL: there is none, or it makes no sense. */
static const struct monitoring_function *find_referred(const struct monitoring_table *table,
						       const struct lprof_shim_windows *windows)
{
	size_t index = windows && windows->referred < table->n_ids ? table->by_id[windows->referred] : 0;
	const struct monitoring_function *function = index ? &table->functions[index - 1] : NULL;

	return function && windows->reference < function->record->n_lines ? function : NULL;
}

static struct monitoring_cycles make_cycles(const struct addition *addition, const struct monitoring_function *function)
{
	const struct lprof_shim_windows *windows = function->windows;
	const struct monitoring_function *referred = find_referred(addition->table, windows);

	return (struct monitoring_cycles){
		.windows = windows,
		.function = function->record,
		.own_ns = addition->own_ns,
		.references = referred ? referred->record->lines[windows->reference].hits : 0,
	};
}

/* Calls of a function that is counted in cycles of another one are not timed: prices are taken to be as in that one. */
static struct monitoring_price price_of(const struct addition *addition, const struct monitoring_cycles *cycles)
{
	const struct monitoring_function *referred = find_referred(addition->table, cycles->windows);

	if (!monitoring_cycles__tell(cycles))
		return monitoring_windows__price(cycles->windows);
	if (cycles->windows->n_calls || !referred || !referred->windows)
		return monitoring_cycles__price(cycles);
	return monitoring_cycles__price(&(struct monitoring_cycles){.windows = referred->windows});
}

static struct estimate make_estimate(const struct addition *addition, const struct monitoring_function *function)
{
	const struct lprof_shim_windows *windows = function->windows;
	double own_ns = addition->own_ns;
	struct estimate estimate = {.windows = windows};

	if (!windows)
		return estimate;
	estimate.cycles = make_cycles(addition, function);
	estimate.price = price_of(addition, &estimate.cycles);
	estimate.out_ns = monitoring_windows__out_ns(windows, own_ns);
	estimate.scale = monitoring_windows__scale(windows, &estimate.price);
	return estimate;
}

/* Adds to line LINE, a number, what windows tell of it. It is the last one that was added. */
static void add_estimate(struct monitoring_counts *counts, const struct estimate *estimate, uint32_t line,
			 const struct monitoring_reading *reading)
{
	struct counters *counters = &counts->counters;
	bool cycles = monitoring_cycles__tell(&estimate->cycles);
	const struct monitoring_time time =
		cycles ? monitoring_cycles__time(&estimate->cycles, line)
		       : monitoring_windows__time(estimate->windows, line, estimate->out_ns, estimate->scale);
	const struct lprof_shim_times times = {
		.cost = (uint64_t)(1000 * estimate->price.price * time.cost),
		.blocked_ns = (uint64_t)time.blocked_ns,
	};

	counts->totals[counters->n_lines - 1] =
		cycles ? monitoring_cycles__hits(&estimate->cycles, line)
		       : monitoring_windows__hits(estimate->windows, &estimate->price, line, estimate->out_ns);
	counts->totals[counters->n_lines - 1].time_doubt_ns = 2 * estimate->price.doubt * time.cost * reading->tick_ns;
	add_times(&counters->interpreted[counters->n_interpreted - 1], (uint64_t)time.ticks, &times, reading);
	counts->estimated = true;
}

/* The code object of the function: its lines without the entry. */
static int add_code(struct monitoring_counts *counts, const struct monitoring_function *function, uint32_t *id)
{
	const struct lprof_shim_function *record = function->record;
	uint32_t *lines = calloc(record->n_lines, sizeof(*lines));
	struct python_code_facts facts = {
		.name = function->name,
		.qualname = function->qualname,
		.file = function->file,
		.first_line = record->first_line,
		.lines = lines,
		.n_lines = record->n_lines - 1,
	};
	int err;

	if (!lines)
		return -ENOMEM;
	for (uint32_t i = 1; i < record->n_lines; i++)
		lines[i - 1] = record->lines[i].line;
	err = python_codes__add(&counts->codes, &facts, id);
	free(lines);
	return err;
}

static int add_function(struct addition *addition, size_t index)
{
	const struct monitoring_function *function = &addition->table->functions[index];
	const struct estimate estimate = make_estimate(addition, function);
	struct monitoring_counts *counts = addition->counts;
	struct counters_line where = {0};
	int err = add_code(counts, function, &where.code);

	if (!err)
		err = find_owner(addition, function->record, &where.owner);
	addition->first_lines[index] = counts->counters.n_lines;
	for (uint32_t i = 0; !err && i < function->record->n_lines; i++) {
		where.line = function->record->lines[i].line;
		err = add_line(counts, &where, &function->record->lines[i], addition->reading);
		if (!err && estimate.windows)
			add_estimate(counts, &estimate, i, addition->reading);
	}
	counts->n_lines += function->record->n_lines;
	return err;
}

/* Charges the line that FRAME of THREAD is on with what it has taken until now. */
static void add_frame(struct addition *addition, const struct lprof_shim_thread *thread,
		      const struct lprof_shim_frame *frame)
{
	const struct monitoring_reading *reading = addition->reading;
	const struct monitoring_function *function = monitoring_table__timed(addition->table, frame);
	/* What makes no sense is cut to what can be. */
	const struct lprof_shim_times since = {
		.cost = thread->times.cost - frame->times.cost,
		.blocked_ns = thread->times.blocked_ns - frame->times.blocked_ns,
		.waiting_ns = thread->times.waiting_ns - frame->times.waiting_ns,
	};
	struct lprof_edge *edge;
	size_t line;

	if (!function || frame->since > reading->end)
		return;
	line = addition->first_lines[function - addition->table->functions] + frame->line;
	edge = &addition->counts->counters.interpreted[addition->counts->counters.lines[line].edge];
	add_times(edge, reading->end - frame->since, &since, reading);
}

static void add_in_flight(struct addition *addition)
{
	for (size_t i = 0; i < addition->table->n_threads; i++) {
		const struct lprof_shim_thread *thread = addition->table->threads[i];

		for (uint32_t k = 0; k < thread->n; k++)
			add_frame(addition, thread, &thread->frames[k]);
	}
}

int monitoring_counts__add(struct monitoring_counts *counts, const struct monitoring_table *table,
			   const struct monitoring_reading *reading)
{
	struct addition addition = {.counts = counts, .table = table, .reading = reading};
	int err = 0;

	counts->n_damaged += table->damaged;
	if (!table->head)
		return 0;
	addition.own_ns = (double)table->head->cpu_ns - (double)to_ns((double)table->head->cost / 1000, reading);
	addition.first_lines = calloc(table->n_functions + 1, sizeof(*addition.first_lines));
	if (!addition.first_lines)
		return -ENOMEM;
	for (size_t i = 0; !err && i < table->n_functions; i++)
		err = add_function(&addition, i);
	if (!err && reading->in_flight)
		add_in_flight(&addition);
	free(addition.first_lines);
	counts->n_events += table->head->n_events;
	counts->cost_ns += (double)to_ns((double)table->head->cost / 1000, reading);
	counts->n_windows += table->head->n_windows;
	counts->n_unfollowed += table->head->unfollowed != 0;
	counts->n_helpless += table->head->helpless != 0;
	counts->n_lost += table->head->n_lost;
	counts->n_lost_calls += table->head->n_lost_calls;
	return err;
}

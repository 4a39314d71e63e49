// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_account.h"

#include "shim/shim_clock.h"

#define LEAST_SHARE 1e-4

uint64_t shim_account__table_cost(const struct shim_gates *gates)
{
	return gates->counts->memory.table->cost;
}

double shim_account__to_ns(const struct shim_gates *gates, uint64_t cost)
{
	return (double)cost / 1000 * gates->tick_ns;
}

uint64_t shim_account__to_cost(const struct shim_gates *gates, double ns)
{
	return (uint64_t)(1000 * ns / gates->tick_ns);
}

double shim_account__cpu_ns(const struct shim_gates *gates)
{
	return (double)(shim_clock__read_ns(CLOCK_PROCESS_CPUTIME_ID) - gates->began_cpu_ns);
}

/* Brings the account up to date. Returns the process's time on a processor. */
double shim_account__update(struct shim_gates *gates)
{
	uint32_t clock = gates->counts->memory.run->clock;
	uint64_t now_ns = shim_clock__read_ns(CLOCK_MONOTONIC), ticks = shim_clock__ticks(clock) - gates->began_ticks;
	uint64_t waker_ns = __atomic_load_n(&gates->waker_ns, __ATOMIC_RELAXED);
	double cpu_ns = shim_account__cpu_ns(gates), passed_ns = (double)(now_ns - gates->began_ns);

	gates->tick_ns = clock == LPROF_SHIM_TSC && ticks ? passed_ns / (double)ticks : 1;
	shim_counts__charge(gates->counts, NULL, shim_account__to_cost(gates, (double)(waker_ns - gates->charged_ns)));
	gates->charged_ns = waker_ns;
	gates->slice = shim_account__to_cost(gates, SHIM_ACCOUNT_SLICE_NS);
	gates->counts->memory.table->cpu_ns = (uint64_t)cpu_ns;
	gates->purse.share = __atomic_load_n(&gates->counts->memory.run->share_ppm, __ATOMIC_RELAXED) / 1e6;
	if (gates->purse.share < LEAST_SHARE)
		gates->purse.share = LEAST_SHARE;
	shim_purse__update(&gates->purse, cpu_ns, passed_ns,
			   shim_account__to_ns(gates, shim_account__table_cost(gates)));
	if (gates->purse.saved_ns >= 0)
		gates->borrowed = 0;
	return cpu_ns;
}

/* The process's own time, as of the last update. */
double shim_account__own_ns(const struct shim_gates *gates)
{
	double own_ns = gates->purse.cpu_ns - gates->purse.spent_ns;

	return own_ns > 0 ? own_ns : 0;
}

void shim_account__open(struct shim_gates *gates)
{
	const struct lprof_shim_run *run = gates->counts->memory.run;

	gates->began_ns = shim_clock__read_ns(CLOCK_MONOTONIC);
	gates->began_ticks = shim_clock__ticks(run->clock);
	gates->began_cpu_ns = shim_clock__read_ns(CLOCK_PROCESS_CPUTIME_ID);
	gates->waker_ns = gates->charged_ns = 0;
	shim_purse__open(&gates->purse, run->share_ppm / 1e6);
	gates->purse.spent_ns = shim_account__to_ns(gates, shim_account__table_cost(gates));
	gates->decided_cost = shim_account__table_cost(gates);
	gates->decided_cpu_ns = gates->lines_cpu_ns = 0;
	gates->exceptions_cost = 0;
	gates->next_cpu_ns = 0;
	/* Until it is known how long a tick takes, it is taken to be short. */
	gates->slice = (uint64_t)(1000 * SHIM_ACCOUNT_SLICE_NS);
}

void shim_account__charge(struct shim_gates *gates, struct shim_thread *thread, uint64_t began_ns)
{
	uint64_t ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns;

	shim_counts__charge(gates->counts, thread, shim_account__to_cost(gates, (double)ns));
}

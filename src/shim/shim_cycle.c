// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * How often a line is hit between two hits of the reference does not depend on how fast the program is. So it can be
 * counted while events slow the program five times, and it does not matter what exactly they cost. As it is known
 * exactly how often the reference was hit in all, so is then, but for chance, how often the line was. All lines of the
 * function are counted in the same cycles, so what flows from one to the other fits together.
 *
 * Cycles must be chosen by counting hits of the reference. A moment of time chosen by chance would find long cycles
 * more often than short ones.
 *
 * What was counted in cycles that were given up, since they cost too much, is dropped: what was still to come is not
 * known. If most cycles are short and a few are long, nearly all hits may be in those, and what the others tell is
 * wrong by any factor. So what was spent on the ones is compared with what was spent on the others.
 */
#include "shim/shim_cycle.h"

#include <math.h>

#define MOST_FORESEEN 4.0 /* times as many hits as there were: they may have been a burst */
#define FEW_TRIES     2	  /* the first time may be an exception */
#define MOST_LOST     0.1 /* of what cycles cost may be in those that were given up */
#define MOST_WANTED   10000.0

void shim_cycle__refer(struct shim_cycle *cycle, uint32_t line, double cpu_ns, double price_ns)
{
	*cycle = (struct shim_cycle){
		.state = SHIM_CYCLE_IDLE,
		.reference = line,
		.wanted = 1,
		.countdown = 1,
		.planned_cpu_ns = cpu_ns,
		.price_ns = price_ns,
	};
}

enum shim_cycle_step shim_cycle__hit(struct shim_cycle *cycle)
{
	cycle->hits++;
	switch (cycle->state) {
	case SHIM_CYCLE_IDLE:
		return cycle->hits >= cycle->countdown ? SHIM_CYCLE_ASK : SHIM_CYCLE_GO_ON;
	case SHIM_CYCLE_COUNTING:
		return ++cycle->done >= cycle->wanted ? SHIM_CYCLE_END : SHIM_CYCLE_GO_ON;
	default:
		return SHIM_CYCLE_GO_ON;
	}
}

void shim_cycle__begin(struct shim_cycle *cycle, uint64_t limit)
{
	cycle->state = SHIM_CYCLE_COUNTING;
	cycle->done = 0;
	cycle->cost = 0;
	cycle->limit = limit;
}

void shim_cycle__end(struct shim_cycle *cycle, bool ended, uint64_t target)
{
	double each;

	cycle->state = SHIM_CYCLE_IDLE;
	if (!ended) {
		cycle->n_given_up++;
		cycle->given_up_cost += (double)cycle->cost;
		cycle->wanted = 1;
		return;
	}
	cycle->n++;
	cycle->ended_cost += (double)cycle->cost;
	each = (double)cycle->cost / cycle->wanted + 1;
	/* Gradually: how many there are must not depend on how long these were. */
	each = 0.5 * cycle->wanted + 0.5 * (double)target / each;
	cycle->wanted = each < 1 ? 1 : each < MOST_WANTED ? (uint32_t)each : (uint32_t)MOST_WANTED;
}

void shim_cycle__try_again(struct shim_cycle *cycle)
{
	cycle->state = SHIM_CYCLE_IDLE;
	cycle->wanted = 1;
}

void shim_cycle__plan(struct shim_cycle *cycle, double cpu_ns, double wait_ns, double chance)
{
	double passed_ns = cpu_ns - cycle->planned_cpu_ns, hits;

	cycle->total += cycle->hits;
	if (passed_ns > 0 && cycle->hits) {
		double rate = (double)cycle->hits / passed_ns;

		cycle->rate = cycle->rate > 0 ? (cycle->rate + rate) / 2 : rate;
	}
	hits = fmin(wait_ns * cycle->rate, MOST_FORESEEN * (double)cycle->total);
	cycle->state = SHIM_CYCLE_IDLE;
	cycle->hits = 0;
	cycle->planned_cpu_ns = cpu_ns;
	cycle->countdown = 1 + (uint64_t)(hits * (0.5 + chance));
}

bool shim_cycle__is_too_long(const struct shim_cycle *cycle)
{
	return cycle->n_given_up && cycle->n + cycle->n_given_up >= FEW_TRIES &&
	       cycle->given_up_cost >= MOST_LOST * (cycle->given_up_cost + cycle->ended_cost);
}

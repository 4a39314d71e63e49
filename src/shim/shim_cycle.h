/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_cycle: when a function that does not fit into the budget is counted from one hit of its reference to a later
 * one. The reference is a line of it that is counted all the time. Pure. Costs are in thousandths of a tick.
 */
#ifndef LPROF_SHIM_CYCLE_H
#define LPROF_SHIM_CYCLE_H

#include <stdbool.h>
#include <stdint.h>

enum shim_cycle_state {
	SHIM_CYCLE_NONE,    /* there is no reference */
	SHIM_CYCLE_IDLE,    /* not counted; so many more hits of the reference are to pass */
	SHIM_CYCLE_ASKED,   /* its events are to be set, at this hit of the reference */
	SHIM_CYCLE_COUNTING /* until it was hit often enough */
};

struct shim_cycle {
	enum shim_cycle_state state;
	uint32_t reference;		  /* the line's number, */
	uint32_t function;		  /* and its function's ID, when cycles were counted last */
	uint32_t wanted, done;		  /* cycles, each from one hit to the next */
	uint64_t hits;			  /* of the reference, since the last time it was planned, */
	uint64_t countdown;		  /* and how many more are to pass */
	uint64_t total;			  /* those before they were planned */
	uint64_t cost, limit;		  /* of the events in the cycles; 0: no limit */
	uint32_t n;			  /* how often cycles were counted, */
	uint32_t n_given_up;		  /* and how often left, since they cost too much; */
	double ended_cost, given_up_cost; /* what the ones and the others have cost */
	double planned_cpu_ns;		  /* when it was planned */
	double rate;			  /* hits of the reference in a nanosecond on the processor; 0: not known */
	double price_ns;		  /* what it costs to count once, as of late */
};

/* What has to be done. */
enum shim_cycle_step {
	SHIM_CYCLE_GO_ON,
	SHIM_CYCLE_ASK,	   /* it is time to have events set, if that can be paid for */
	SHIM_CYCLE_END,	   /* what was counted until now, without this hit, was of the cycles */
	SHIM_CYCLE_GIVE_UP /* they cost too much */
};

/* LINE becomes the reference; PRICE_NS is what counting once may cost. */
void shim_cycle__refer(struct shim_cycle *cycle, uint32_t line, double cpu_ns, double price_ns);

/* The reference was hit. */
enum shim_cycle_step shim_cycle__hit(struct shim_cycle *cycle);

/* An event of the function costs COST. */
static inline enum shim_cycle_step shim_cycle__spend(struct shim_cycle *cycle, uint64_t cost)
{
	if (cycle->state != SHIM_CYCLE_COUNTING)
		return SHIM_CYCLE_GO_ON;
	cycle->cost += cost;
	return cycle->limit && cycle->cost > cycle->limit ? SHIM_CYCLE_GIVE_UP : SHIM_CYCLE_GO_ON;
}

/* The events are set, and may cost LIMIT. What is counted from now on, with this hit, is of the cycles. */
void shim_cycle__begin(struct shim_cycle *cycle, uint64_t limit);

/* It is not counted any more. ENDED: the cycles were counted to their end; TARGET is what that should cost. */
void shim_cycle__end(struct shim_cycle *cycle, bool ended, uint64_t target);

/* It is not counted any more, for what other functions have cost meanwhile: that tells nothing of the cycles. */
void shim_cycle__try_again(struct shim_cycle *cycle);

/* Counts once more, at CPU_NS, when the process will have been on a processor for some WAIT_NS; 0 <= CHANCE <= 1. */
void shim_cycle__plan(struct shim_cycle *cycle, double cpu_ns, double wait_ns, double chance);

/* Whether so much was spent on cycles that were given up that the others tell too little. */
bool shim_cycle__is_too_long(const struct shim_cycle *cycle);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * purse: what profiling may still cost the targets. They earn its money while they use a processor; probes, samples and
 * whatever else slows them spend it. Pure.
 */
#ifndef LPROF_PURSE_H
#define LPROF_PURSE_H

#include <stdbool.h>
#include <stdint.h>

/* Times are in nanoseconds. */
struct purse {
	double share;	  /* of the targets' processor time that may be spent */
	double saved_ns;  /* what may be spent now; negative: more was spent than was earned */
	double most_ns;	  /* more than this is not saved, so that nothing is spent at once that was earned slowly */
	double target_ns; /* the targets' processor time, and what was spent, as of the last update */
	double spent_ns;
};

/* Opens the purse with FIRST_NS in it. Processor time and spending begin at 0. */
void purse__open(struct purse *purse, double share, double first_ns, double most_ns);

/* Brings it up to date. TARGET_NS and SPENT_NS are the totals until now; one that is less than before is ignored. */
void purse__update(struct purse *purse, uint64_t target_ns, uint64_t spent_ns);

/* How much processor time the targets have to use before PRICE_NS can be spent; 0: it can be now. */
double purse__wait_ns(const struct purse *purse, double price_ns);

#endif

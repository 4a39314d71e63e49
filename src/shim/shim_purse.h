/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_purse: what counting may still take of the process. It earns a share of the time that the process uses a
 * processor, and spends what events cost. Pure.
 */
#ifndef LPROF_SHIM_PURSE_H
#define LPROF_SHIM_PURSE_H

#include <stdint.h>

/* Times are in nanoseconds. */
struct shim_purse {
	double share;
	double saved_ns;		    /* what may be spent now; negative: more was spent than was earned */
	double cpu_ns, passed_ns, spent_ns; /* the totals as of the last update */
};

#define SHIM_PURSE_FIRST_NS 1e6	  /* what may be spent before anything was earned */
#define SHIM_PURSE_SAVED_NS 0.5e9 /* of processor time: what is earned in it is the most that is saved */
#define SHIM_PURSE_IDLE	    0.1	  /* of the time that passes: so much counts as used if less was used */

static inline void shim_purse__open(struct shim_purse *purse, double share)
{
	*purse = (struct shim_purse){.share = share, .saved_ns = SHIM_PURSE_FIRST_NS};
}

/* Brings it up to date: the processor time, the time that has passed, and what was spent, all since it was opened. */
static inline void shim_purse__update(struct shim_purse *purse, double cpu_ns, double passed_ns, double spent_ns)
{
	double used_ns = cpu_ns - purse->cpu_ns, idle_ns = SHIM_PURSE_IDLE * (passed_ns - purse->passed_ns);
	double most_ns = purse->share * SHIM_PURSE_SAVED_NS;

	if (most_ns < SHIM_PURSE_FIRST_NS)
		most_ns = SHIM_PURSE_FIRST_NS;
	purse->saved_ns += purse->share * (used_ns > idle_ns ? used_ns : idle_ns) - (spent_ns - purse->spent_ns);
	if (purse->saved_ns > most_ns)
		purse->saved_ns = most_ns;
	purse->cpu_ns = cpu_ns;
	purse->passed_ns = passed_ns;
	purse->spent_ns = spent_ns;
}

/* How much processor time is to be used before PRICE_NS can be spent; 0: it can be now. */
static inline double shim_purse__wait_ns(const struct shim_purse *purse, double price_ns)
{
	return purse->saved_ns >= price_ns ? 0 : (price_ns - purse->saved_ns) / purse->share;
}

#endif

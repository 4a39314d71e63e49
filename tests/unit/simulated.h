/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * simulated: a program that follows a plan with random decisions in phases of different behaviour, and windows of
 * counting on it whose probes take time, as the engine runs them.
 */
#ifndef LPROF_TESTS_SIMULATED_H
#define LPROF_TESTS_SIMULATED_H

#include <stdbool.h>
#include <stdint.h>

#include "budget/window_log.h"
#include "flow/plan.h"

#define SIMULATED_PHASES 3

/* Behaviour in one phase. Each array has an item for each site. */
struct simulated_phase {
	double lasts_ns;   /* of the program's own time */
	double outside_ns; /* mean time between leaving the function and its next call */
	double throws;	   /* probability that a call does not return */
	double *taken;	   /* probability of the taken edge */
	double *edge_ns;   /* mean time from the site to the next hit */
	/* Where the program is in this phase, and how long until it comes there: */
	uint32_t site;
	double wait_ns;
};

struct simulated {
	const struct plan *plan;
	struct simulated_phase phases[SIMULATED_PHASES];
	unsigned n_phases, phase;
	double left_ns; /* of the phase */
	uint64_t seed;
	double *truth;	 /* per edge: departures for each nanosecond of own time */
	double price_ns; /* of a hit, as it was calibrated */
	double common;	 /* the true price is larger by that */
	double *place;	 /* and, at each site, by that */
};

/* From 0 to 1. */
double simulated__random(uint64_t *seed);

/* A program with random behaviour, to be released. EDGE_NS: mean time from site to site. */
void simulated__init(struct simulated *it, const struct plan *plan, unsigned n_phases, double edge_ns, uint64_t seed);
void simulated__release(struct simulated *it);

/* Computes it->truth, from as many CYCLES through all phases, when all behaviour is set. */
void simulated__run(struct simulated *it, unsigned cycles);

/* Another error of the price. */
void simulated__misprice(struct simulated *it, double common, double place);

/* One window on the N SITES, at a random moment; it ends after OPEN_NS of time, or LIMIT_NS of price. */
void simulated__window(struct simulated *it, const uint32_t *sites, uint32_t n, double open_ns, double limit_ns,
		       struct window_log *log);

/*
 * N windows of each kind as the engine would run them: gentle ones, of 10 ms, on groups of sites that slow the program
 * by less than a quarter; and violent ones, of 4000 hits, on all sites, if some site alone is too dense for the former.
 * If all sites are, there are windows with the coolest one alone.
 */
void simulated__windows(struct simulated *it, unsigned n, struct window_log *log);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_windows: what was counted of Python's lines in windows, and how often they were hit in a whole run, told from
 * that. Pure.
 */
#ifndef LPROF_PYTHON_WINDOWS_H
#define LPROF_PYTHON_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpython/python_total.h"
#include "probe/counters.h"

struct python_windows;

struct python_windows *python_windows__new(void);	   /* owned by the caller; NULL when out of memory */
void python_windows__free(struct python_windows *windows); /* NULL is allowed */

/*
 * Adds a window in which lines, entries and returns were counted: COUNTS of N edges have grown to what they are now. A
 * window in which RETURNS_ONLY were counted slowed the targets little, so it tells rates by itself: OWN_NS is their own
 * time on a processor. ALL_RETURNS were of any function. 0 or -ENOMEM.
 */
struct python_window {
	const volatile uint64_t *counts;
	size_t n;
	bool returns_only;
	double own_ns;
	double doubt_ns; /* the standard deviation of own_ns, if the interpreter does not trace meanwhile */
	double price_ns; /* what hits took */
	uint64_t all_returns;
};
int python_windows__add(struct python_windows *windows, const struct python_window *window);

size_t python_windows__n(const struct python_windows *windows); /* how many windows for lines there were */

/*
 * Adds what was seen of loops while no probe was in: in a watch, of several looks. First of each look, that OWN_NS of
 * the targets' time on a processor have passed; then, of each loop that was found when the look began, how many TURNS
 * it makes in that time at its pace. It begins on LINE of code object CODE. If it ended too soon, its turns are not
 * KNOWN. 0 or -ENOMEM.
 */
void python_windows__begin_watch(struct python_windows *windows);
void python_windows__add_time(struct python_windows *windows, double own_ns);
int python_windows__add_turns(struct python_windows *windows, uint32_t code, uint32_t line, double turns, bool known);

/* The part of the run in which what was to be counted stayed in. */
struct python_steady {
	const struct lprof_edge *edges; /* by edge; their departures are exact */
	/* The targets' own time in which the probes of lines and of returns stayed in; 0 unless it was nearly all. */
	double lines_ns, returns_ns;
};

/*
 * Estimates how often each of the N LINES was hit in OWN_NS of the targets' own time, in which it was counted in
 * windows only. TOTALS gets an item for each of them. 0 or -ENOMEM.
 */
int python_windows__estimate(const struct python_windows *windows, const struct counters_line *lines, size_t n,
			     const struct python_steady *steady, double own_ns, struct python_total *totals);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_log: what was counted in windows, each of which had the probes of some sites in for a short time. Pure.
 */
#ifndef LPROF_WINDOW_LOG_H
#define LPROF_WINDOW_LOG_H

#include <stddef.h>
#include <stdint.h>

/* A window, as it is added. Times are in nanoseconds. */
struct window {
	const uint32_t *sites;	/* ascending, by number in the run */
	const uint64_t *counts; /* 2 for each site: departures on its edges */
	uint32_t n;
	double own_ns;	 /* the targets' own time on a processor while it was open: without the price of hits */
	double doubt_ns; /* the standard deviation of own_ns, because the price is not known exactly */
	double price_ns; /* of its hits, by calibration */
};

struct window_log;

/* A new empty log for sites 0 to N_SITES - 1, owned by the caller, or NULL when out of memory. */
struct window_log *window_log__new(uint32_t n_sites);
void window_log__free(struct window_log *log); /* NULL is allowed */

/*
 * Adds a window, which is copied. The log's memory is bounded however long the run: from MOST windows with the same
 * sites on, neighbours in time are joined into one (counts, own_ns and prices add up). 0 or -ENOMEM.
 */
int window_log__add(struct window_log *log, const struct window *window);

size_t window_log__n(const struct window_log *log);

/* Window I, in the order of time. Borrowed until another one is added. */
const struct window *window_log__at(const struct window_log *log, size_t i);

#endif

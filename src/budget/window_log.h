/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_log: what was counted in windows, each of which had the probes of some sites in for a short time. Pure.
 */
#ifndef LPROF_WINDOW_LOG_H
#define LPROF_WINDOW_LOG_H

#include <stdbool.h>
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
	double least_ns; /* the own time between its hits by the instructions there, at least; 0: not known */
};

/* How many windows with the same sites are kept apart. */
#define WINDOW_LOG_MOST 80

/* One window, or several with the same sites that followed one another. */
struct window_sum {
	/*
	 * 2 for each site. Of several windows they are scaled so that counts by own time is the mean of the windows'
	 * rates, in which each window has the same weight.
	 */
	const float *counts;
	/* Sums over the windows; own_ns may be negative where it is doubtful, unless it was judged. */
	double own_ns, doubt_ns, price_ns;
	double executed_ns; /* what the instructions between hits take, probably */
	double told_ns;	    /* the own time by these instructions, and by what own_ns is above its doubt */
	/* The parts of own_ns and doubt_ns that are of windows in which own_ns was not above its doubt. */
	double dense_own_ns, dense_doubt_ns;
	double windows; /* how many it stands for */
	bool judged;	/* own_ns is no longer what was measured, but what is likely by all that is known */
};

/* The own time of the windows as well as is known. It is not negative. */
double window_sum__time_ns(const struct window_sum *sum);

/* The standard deviation of the logarithm of that. */
double window_sum__doubt(const struct window_sum *sum);

/* All windows with the same sites. */
struct window_set {
	const uint32_t *sites; /* ascending */
	uint32_t n;
	struct window_sum *sums; /* in the order of time */
	uint32_t n_sums;	 /* at most WINDOW_LOG_MOST */
};

/* How many windows the set stands for. */
double window_set__windows(const struct window_set *set);

struct window_log;

/* A new empty log for sites 0 to N_SITES - 1, owned by the caller, or NULL when out of memory. */
struct window_log *window_log__new(uint32_t n_sites);
void window_log__free(struct window_log *log); /* NULL is allowed */

/*
 * Adds a window, which is copied. The log's memory is bounded however long the run: from WINDOW_LOG_MOST windows with
 * the same sites on, neighbours in time are joined into one; and when there are too many different sets of sites, the
 * one that had no window for the longest is forgotten. 0 or -ENOMEM.
 */
int window_log__add(struct window_log *log, const struct window *window);

size_t window_log__n_sets(const struct window_log *log);

/* Set I. Borrowed until another window is added. */
const struct window_set *window_log__set(const struct window_log *log, size_t i);

/* The sums of set I, whose times may be changed. Borrowed likewise. */
struct window_sum *window_log__sums(struct window_log *log, size_t i);

/* A copy, owned by the caller, to which no window is added any more; NULL when out of memory. */
struct window_log *window_log__copy(const struct window_log *log);

#endif

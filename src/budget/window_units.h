/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * window_units: divides the sites of bodies that are too dear to stay in into sets that are put in together, one set at
 * a time. Pure.
 */
#ifndef LPROF_WINDOW_UNITS_H
#define LPROF_WINDOW_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sites that are put in together. */
struct window_unit {
	uint32_t *sites; /* ascending; owned */
	uint32_t n;
	double load;	 /* what its hits take, per processor time of the targets' own */
	bool violent;	 /* the load is so large that the window must be short, and tells ratios only */
	double setup_ns; /* what it has cost lately to put it in and out; 0, as at first: it is not known */
};

struct window_units {
	struct window_unit *items;
	size_t n;
};

/* A site, as far as it matters here. LOAD is what its hits take, per processor time of the targets' own. */
struct window_site {
	uint32_t site;
	double load;
};

/* The largest load of a window that may last some milliseconds, and how many sites it may have. */
#define WINDOW_UNITS_LOAD  0.25
#define WINDOW_UNITS_SITES 200

/* Makes units for the N SITES, which may be of several bodies; UNITS is empty before. 0 or -ENOMEM. */
int window_units__make(struct window_units *units, const struct window_site *sites, uint32_t n);

/* Adds a unit of all N SITES. 0 or -ENOMEM. */
int window_units__add(struct window_units *units, const struct window_site *sites, uint32_t n);

void window_units__release(struct window_units *units);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A window slows the targets by the load of its sites. A gentle one, with a load of a quarter at most, may last some
 * milliseconds without harm, and what it counts is the truth: the targets' own time while it is open is known well.
 * Where all sites fit into a few gentle windows, these are the units.
 *
 * Otherwise there is a violent window with all sites that are hit often enough to be seen in it, of whatever body.
 * How the counts of its sites relate to each other is the truth as well, but how long the targets have run meanwhile is
 * known roughly: nearly all of the time is the probes' (window_scales.c). So there are gentle windows as well, with
 * sites whose rate can be told exactly. These, the anchors, give the scale of a body that has some (totals.c). The best
 * anchors are the sites that are hit most often among those that slow the targets little. Where even they are too rare
 * to be seen in the violent window, there are violent windows in between, as the rungs of a ladder: without the hottest
 * sites they cover more of the targets' own time.
 */
#include "budget/window_units.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

#define ANCHOR_LOAD 0.7	 /* a site with more than this slows the targets too much to tell the scale */
#define RUNG_LOAD   1.0	 /* a rung with less is no violent window: it slows the targets to half their speed at most */
#define MOST_GENTLE 8	 /* gentle units that have but a few sites each, if there is a violent one */
#define LARGE_LOAD  0.06 /* the load of a site of which but a few fit into a gentle unit */
#define MOST_ABOVE  300	 /* by which the load of a violent unit may be above that of the anchors in it */
#define STEP	    30	 /* by which its load is above that of the next one */
#define SEEN_LOAD   1e-4 /* of the hottest site's load: sites below are not seen in a violent window */

void window_units__release(struct window_units *units)
{
	for (size_t i = 0; i < units->n; i++)
		free(units->items[i].sites);
	free(units->items);
	*units = (struct window_units){NULL, 0};
}

static struct window_unit *new_unit(struct window_units *units)
{
	if (grow__counted(&units->items, units->n, 1, sizeof(*units->items)))
		return NULL;
	units->items[units->n] = (struct window_unit){0};
	return &units->items[units->n++];
}

static int compare_numbers(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

static int add_unit(struct window_units *units, const struct window_site *sites, uint32_t n, bool violent)
{
	struct window_unit *unit = new_unit(units);

	if (!unit)
		return -ENOMEM;
	unit->sites = calloc(n + 1ul, sizeof(*unit->sites));
	if (!unit->sites)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		unit->sites[i] = sites[i].site;
		unit->load += sites[i].load;
	}
	unit->n = n;
	unit->violent = violent;
	qsort(unit->sites, n, sizeof(*unit->sites), compare_numbers);
	return 0;
}

/* The hottest first. */
static int compare_loads(const void *x, const void *y)
{
	const struct window_site *a = x, *b = y;

	if (a->load != b->load)
		return a->load < b->load ? 1 : -1;
	return (a->site > b->site) - (a->site < b->site);
}

/* How many of the N SITES, which are sorted by load, make the next gentle unit. */
static uint32_t gentle_length(const struct window_site *sites, uint32_t n)
{
	double load = 0;
	uint32_t i = 0;

	while (i < n && i < WINDOW_UNITS_SITES && (!i || load + sites[i].load <= WINDOW_UNITS_LOAD))
		load += sites[i++].load;
	return i;
}

/*
 * Adds gentle units, of which MOST may have but a few sites. Further ones are left out where a violent window sees
 * them: sites with a load of more than SEEN. Those behind them, which are hardly ever hit, are not left out with them.
 */
static int add_gentle(struct window_units *units, const struct window_site *sites, uint32_t n, uint32_t most,
		      double seen)
{
	int err = 0;

	for (uint32_t i = 0, length; !err && i < n; i += length) {
		bool large = sites[i].load > LARGE_LOAD;

		length = 1;
		if (large && !most && sites[i].load > seen)
			continue;
		length = gentle_length(&sites[i], n - i);
		most -= large && most;
		err = add_unit(units, &sites[i], length, false);
	}
	return err;
}

/* How many of the sites, which are sorted by load, have more of it than LOAD. */
static uint32_t count_above(const struct window_site *sites, uint32_t n, double load)
{
	uint32_t i = 0;

	while (i < n && sites[i].load > load)
		i++;
	return i;
}

static double sum_of(const struct window_site *sites, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += sites[i].load;
	return sum;
}

/*
 * Adds a violent unit of all N sites, of which HOT are no anchors, and further ones without the hottest sites until the
 * anchors are seen often enough in the last. Each tells the scale of the one before.
 */
static int add_violent(struct window_units *units, const struct window_site *sites, uint32_t n, uint32_t hot)
{
	double anchors = sum_of(sites + hot, n - hot), sum = sum_of(sites, n);
	uint32_t first = 0;
	int err = 0;

	while (!err && first < n) {
		uint32_t seen = count_above(sites + first, n - first, SEEN_LOAD * sites[first].load);
		uint32_t length = seen < WINDOW_UNITS_SITES ? seen : WINDOW_UNITS_SITES;
		double least = sum / STEP;

		err = add_unit(units, sites + first, length, sum_of(sites + first, length) > RUNG_LOAD);
		if (sum <= MOST_ABOVE * anchors)
			break;
		while (first < hot && sum > least)
			sum -= sites[first++].load;
		if (first == hot)
			break;
	}
	return err;
}

static int add_sorted(struct window_units *units, const struct window_site *sites, uint32_t n)
{
	uint32_t hot = count_above(sites, n, ANCHOR_LOAD);
	int err;

	if (!hot && sum_of(sites, n) <= MOST_GENTLE * WINDOW_UNITS_LOAD)
		return add_gentle(units, sites, n, n, 0);
	err = add_violent(units, sites, n, hot);
	return err ? err : add_gentle(units, &sites[hot], n - hot, MOST_GENTLE, SEEN_LOAD * sites[0].load);
}

int window_units__make(struct window_units *units, const struct window_site *sites, uint32_t n)
{
	struct window_site *sorted = calloc(n + 1ul, sizeof(*sorted));
	int err;

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = sites[i];
	qsort(sorted, n, sizeof(*sorted), compare_loads);
	err = n ? add_sorted(units, sorted, n) : 0;
	free(sorted);
	return err;
}

int window_units__add(struct window_units *units, const struct window_site *sites, uint32_t n)
{
	return add_unit(units, sites, n, sum_of(sites, n) > WINDOW_UNITS_LOAD);
}

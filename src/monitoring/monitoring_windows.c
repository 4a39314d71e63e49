// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A window's own time is what is left of its time on a processor when the cost of its events is taken off. What events
 * cost was calibrated in a loop that does little else. In a program they cost more, since caches are cold and branches
 * are predicted worse. So each rate is kept for several prices. Windows of hits count a part of the lines and cost
 * about as much as the program's own code; those of times count all lines, and cost several times as much. At the right
 * price both tell the same rates. It is found by interpolation, for all lines of a function together, and balanced with
 * what is known beforehand.
 */
#include "monitoring/monitoring_windows.h"

#include <math.h>
#include <stdbool.h>

#include "budget/student.h"
#include "monitoring/sane.h"

#define FEW 10.0 /* a line that is hit less often in a window tells nothing of prices */

/* How precisely the price can be known at all. */
#define LEAST_DOUBT  0.1
#define UNTOLD_DOUBT 0.3 /* where windows tell none: tight loops of a line or two, whose events cost what they like */
#define CONTRAST     0.3 /* so much more, of what timed windows do, must the ones depend on the price than the others */
#define HIGHEST	     (1 + (LPROF_SHIM_PRICES - 1) * LPROF_SHIM_PRICE_STEP)

static double count(const uint32_t groups[LPROF_SHIM_GROUPS], uint32_t left_out)
{
	double sum = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		sum += g == left_out ? 0 : groups[g];
	return sum;
}

double monitoring_windows__out_ns(const struct lprof_shim_windows *windows, double own_ns)
{
	return sane__number(own_ns - sane__number(windows->since_ns) - sane__number(windows->settled_ns) -
			    sane__sum(windows->own_ns, LPROF_SHIM_GROUPS));
}

/* A rate at PRICE, from those at all prices. */
static double at_price(const double rates[LPROF_SHIM_PRICES], double price)
{
	double at = (price - 1) / LPROF_SHIM_PRICE_STEP;
	uint32_t below = (uint32_t)fmin(fmax(at, 0), LPROF_SHIM_PRICES - 2);

	return fmax(rates[below] + (at - below) * (rates[below + 1] - rates[below]), 0);
}

/* The mean of what N windows tell, in SUMS of groups, at all prices. */
static void find_means(const double sums[LPROF_SHIM_PRICES][LPROF_SHIM_GROUPS], const uint32_t n[LPROF_SHIM_GROUPS],
		       uint32_t left_out, double means[LPROF_SHIM_PRICES])
{
	double windows = count(n, left_out);

	for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++)
		means[p] = windows > 0 ? sane__sum(sums[p], left_out) / windows : 0;
}

/*
 * The price at which both kinds of windows tell the same. Returns false if they tell none: in a loop of a single line,
 * both count the same, and tell the same at any price.
 */
static bool find_price(const struct lprof_shim_windows *windows, uint32_t left_out, double *price)
{
	double n = count(windows->n, left_out), own_ns = n > 0 ? sane__sum(windows->own_ns, left_out) / n : 0;
	double more[LPROF_SHIM_PRICES] = {0}, timed[LPROF_SHIM_PRICES] = {0};
	bool told = false;

	for (uint32_t i = 0; i < windows->n_lines; i++) {
		double some[LPROF_SHIM_PRICES], all[LPROF_SHIM_PRICES];

		find_means(windows->lines[i].rates, windows->lines[i].n, left_out, some);
		find_means(windows->lines[i].timed, windows->n_timed, left_out, all);
		if (some[0] * own_ns < FEW || all[0] * own_ns < FEW)
			continue;
		told = true;
		for (uint32_t p = 0; p < LPROF_SHIM_PRICES; p++) {
			more[p] += all[p] - some[p];
			timed[p] += all[p];
		}
	}
	if (!told)
		return false;
	/* At a low price, windows of times seem to have had too much time, and so too few hits. */
	for (uint32_t p = 0; p + 1 < LPROF_SHIM_PRICES; p++) {
		double step = more[p + 1] - more[p], rise = timed[p + 1] - timed[p];

		if (more[p + 1] < 0 && p + 2 < LPROF_SHIM_PRICES)
			continue;
		if (step <= CONTRAST * rise)
			return false;
		*price = fmin(fmax(1 + (p - more[p] / step) * LPROF_SHIM_PRICE_STEP, 1), HIGHEST);
		return true;
	}
	return false;
}

struct monitoring_price monitoring_windows__price(const struct lprof_shim_windows *windows)
{
	struct monitoring_price price = {MONITORING_USUAL_PRICE, UNTOLD_DOUBT};
	double found, replicates[LPROF_SHIM_GROUPS], middle = 0, variance = 0;
	double known = 1 / (MONITORING_USUAL_DOUBT * MONITORING_USUAL_DOUBT), told;

	/* At an end of what is possible, it is no price that was found. */
	if (!find_price(windows, SANE_ALL_GROUPS, &found) || found <= 1 || found >= HIGHEST)
		return price;
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
		if (!find_price(windows, g, &replicates[g]))
			return price;
		middle += replicates[g] / LPROF_SHIM_GROUPS;
	}
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		variance += (replicates[g] - middle) * (replicates[g] - middle);
	variance = variance * (LPROF_SHIM_GROUPS - 1) / LPROF_SHIM_GROUPS + LEAST_DOUBT * LEAST_DOUBT;
	told = 1 / variance;
	price.price = (told * found + known * MONITORING_USUAL_PRICE) / (told + known);
	price.doubt = fmax(1 / sqrt(told + known), LEAST_DOUBT);
	return price;
}

/* How often the line is hit in a nanosecond of own time. */
static double rate_of(const struct lprof_shim_sampled *line, double price, uint32_t left_out)
{
	double rates[LPROF_SHIM_PRICES];

	find_means(line->rates, line->n, left_out, rates);
	return at_price(rates, price);
}

/* How many more hits the windows of hits tell than those of times, which count the same lines: at PRICE. */
static double scale_at(const struct lprof_shim_windows *windows, double price, uint32_t left_out)
{
	double hits = 0, timed = 0;

	for (uint32_t i = 0; i < windows->n_lines; i++) {
		double rate = rate_of(&windows->lines[i], price, left_out), all[LPROF_SHIM_PRICES];

		find_means(windows->lines[i].timed, windows->n_timed, left_out, all);
		if (rate <= 0 || all[0] <= 0)
			continue;
		hits += rate;
		timed += all[0];
	}
	return timed > 0 ? hits / timed : 1;
}

/*
 * The rate of the line. The windows of times count all lines, so what these tell fits together: only how often the
 * function's lines are hit altogether is taken from the windows of hits.
 */
static double fitting_rate(const struct lprof_shim_windows *windows, uint32_t line, double price, uint32_t left_out)
{
	double all[LPROF_SHIM_PRICES];

	find_means(windows->lines[line].timed, windows->n_timed, left_out, all);
	if (all[0] <= 0)
		return rate_of(&windows->lines[line], price, left_out);
	return all[0] * scale_at(windows, price, left_out);
}

/* The half width of the 95 % interval of the rate, by the spread of the rates that each leave out one group. */
static double spread(const struct lprof_shim_windows *windows, uint32_t line, double price)
{
	double replicates[LPROF_SHIM_GROUPS], middle = 0, squares = 0, n = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++) {
		replicates[g] = fitting_rate(windows, line, price, g);
		middle += replicates[g] / LPROF_SHIM_GROUPS;
		n += windows->n[g] > 0;
	}
	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		squares += (replicates[g] - middle) * (replicates[g] - middle);
	if (n < 2)
		return fitting_rate(windows, line, price, SANE_ALL_GROUPS);
	return student__t((unsigned)n - 1) * sqrt(squares * (LPROF_SHIM_GROUPS - 1) / LPROF_SHIM_GROUPS);
}

struct python_total monitoring_windows__hits(const struct lprof_shim_windows *windows,
					     const struct monitoring_price *price, uint32_t line, double out_ns)
{
	const struct lprof_shim_sampled *sampled = &windows->lines[line];
	double n = count(windows->n, SANE_ALL_GROUPS), seen_ns = sane__sum(windows->own_ns, SANE_ALL_GROUPS);
	double part = n > 0 ? fmin(count(sampled->n, SANE_ALL_GROUPS) / n, 1) : 0;
	double dearer = fitting_rate(windows, line, price->price + 2 * price->doubt, SANE_ALL_GROUPS);
	struct python_total total = {.estimated = true};

	if (sampled->is_open)
		return (struct python_total){0};
	total.hits = sane__number(out_ns * fitting_rate(windows, line, price->price, SANE_ALL_GROUPS)) +
		     sane__number(sampled->settled);
	/* A line may have escaped all windows that counted it. */
	total.unseen = sane__number(seen_ns * part > 0 ? SANE_UNSEEN * out_ns / (seen_ns * part) : out_ns);
	total.uncertainty = hypot(sane__number(out_ns * spread(windows, line, price->price)),
				  sane__number(out_ns * dearer) - total.hits);
	if (total.hits <= 0)
		total.uncertainty = total.unseen;
	return total;
}

double monitoring_windows__scale(const struct lprof_shim_windows *windows, const struct monitoring_price *price)
{
	return scale_at(windows, price->price, SANE_ALL_GROUPS);
}

struct monitoring_time monitoring_windows__time(const struct lprof_shim_windows *windows, uint32_t line, double out_ns,
						double scale)
{
	const struct lprof_shim_sampled *sampled = &windows->lines[line];
	double n = count(windows->n_timed, SANE_ALL_GROUPS), times = n > 0 ? scale * out_ns / n : 0;

	return (struct monitoring_time){
		.ticks = sane__number(times * sane__number(sampled->ticks)),
		.cost = sane__number(times * sane__number(sampled->cost)),
		.blocked_ns = sane__number(times * sane__number(sampled->blocked_ns)),
	};
}

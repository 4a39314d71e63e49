/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_windows: how often lines were hit, and how long they took, while their function was counted in windows
 * only: told from what the windows have counted. Pure.
 */
#ifndef LPROF_MONITORING_WINDOWS_H
#define LPROF_MONITORING_WINDOWS_H

#include "cpython/python_total.h"
#include "shim/lprof_shim.h"

/* How many times more than by calibration events cost in windows and cycles, and the standard deviation of that. */
struct monitoring_price {
	double price, doubt;
};

/* What it usually is. */
#define MONITORING_USUAL_PRICE 1.2
#define MONITORING_USUAL_DOUBT 0.15

/* What the windows of a function tell of that. */
struct monitoring_price monitoring_windows__price(const struct lprof_shim_windows *windows);

/*
 * The process's own time in which the function of WINDOWS was not counted, when that is OWN_NS in all: since it is
 * counted in windows only, but for these. It is not negative.
 */
double monitoring_windows__out_ns(const struct lprof_shim_windows *windows, double own_ns);

/* Of line LINE, a number, in OUT_NS. Nothing is negative, and all is finite. */
struct python_total monitoring_windows__hits(const struct lprof_shim_windows *windows,
					     const struct monitoring_price *price, uint32_t line, double out_ns);

/*
 * The same of times: ticks on the processor and blocked, what of them was the cost of events, and the time blocked. How
 * long a line waited for a processor is not told: windows are too few to tell what depends on others.
 */
struct monitoring_time {
	double ticks, cost, blocked_ns;
};

/*
 * SCALE is how much more often lines were hit than windows in which they are timed tell, whose own time is known badly:
 * that of the function.
 */
double monitoring_windows__scale(const struct lprof_shim_windows *windows, const struct monitoring_price *price);
struct monitoring_time monitoring_windows__time(const struct lprof_shim_windows *windows, uint32_t line, double out_ns,
						double scale);

#endif

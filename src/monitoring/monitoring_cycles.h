/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_cycles: how often the lines of a function that does not fit into the budget were hit, and how long they
 * took, told from what was counted between hits of its reference (shim/shim_cycle.h), which were all counted. Pure.
 */
#ifndef LPROF_MONITORING_CYCLES_H
#define LPROF_MONITORING_CYCLES_H

#include "cpython/python_total.h"
#include "monitoring/monitoring_windows.h"
#include "shim/lprof_shim.h"

/* What was counted of FUNCTION, whose record is WINDOWS, until the process's own time was OWN_NS. */
struct monitoring_cycles {
	const struct lprof_shim_windows *windows;
	const struct lprof_shim_function *function;
	double own_ns;
	uint64_t references; /* how often its reference was hit in all */
};

/* Whether they tell anything. */
bool monitoring_cycles__tell(const struct monitoring_cycles *cycles);

/*
 * What events cost, in calibrated prices: so much that what cycles took without it is what whole calls took. Where none
 * was timed, it is what is usual.
 */
struct monitoring_price monitoring_cycles__price(const struct monitoring_cycles *cycles);

/*
 * Of line LINE, a number: hits beyond those that were counted, and times beyond those that were taken. Nothing is
 * negative, and all is finite.
 */
struct python_total monitoring_cycles__hits(const struct monitoring_cycles *cycles, uint32_t line);
struct monitoring_time monitoring_cycles__time(const struct monitoring_cycles *cycles, uint32_t line);

#endif

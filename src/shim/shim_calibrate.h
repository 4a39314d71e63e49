/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_calibrate: measures what the callbacks cost, in the program itself: that depends on how its Python was built.
 * It takes two or three milliseconds.
 */
#ifndef LPROF_SHIM_CALIBRATE_H
#define LPROF_SHIM_CALIBRATE_H

#include "shim/shim_counts.h"
#include "shim/shim_monitoring.h"

/*
 * Fills COSTS. The callbacks must be registered, and no event be set. COUNTS has the run's page; nothing is counted in
 * its table. If it cannot be measured, costs are as on usual processors. Leaves no exception.
 */
void shim_calibrate__measure(const struct shim_monitoring *monitoring, const struct shim_counts *counts,
			     uint64_t costs[LPROF_SHIM_COSTS]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_visit: has a Python program that runs already begin to count its lines, and end it. It is asked through
 * its door for debuggers, and met in a room. If it does not come within a few seconds, nothing is left of that.
 */
#ifndef LPROF_MONITORING_VISIT_H
#define LPROF_MONITORING_VISIT_H

#include "base/diag.h"
#include "monitoring/monitoring_door.h"
#include "monitoring/monitoring_memory.h"

/* Has the process behind DOOR count in MEMORY. 0, or -errno that was reported to DIAG. */
int monitoring_visit__begin(const struct monitoring_door *door, const struct monitoring_memory *memory,
			    const struct diag *diag);

/*
 * Has it end that, and free what it needed for it. If it does not answer within a second, it does so when it next
 * executes a function that was counted. 0 or -errno, of which nothing is said.
 */
int monitoring_visit__end(const struct monitoring_door *door);

#endif

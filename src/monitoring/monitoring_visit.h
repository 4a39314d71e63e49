/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_visit: has a Python program that runs already begin to count its lines, and end it. It is asked through
 * its door for debuggers, and met in a room. If it has not come when it is called off, nothing is left of that.
 */
#ifndef LPROF_MONITORING_VISIT_H
#define LPROF_MONITORING_VISIT_H

#include "base/diag.h"
#include "monitoring/monitoring_door.h"
#include "monitoring/monitoring_memory.h"

/* A visit to a program that has executed no Python code since it was asked. */
struct monitoring_visit;

/*
 * Has the process behind DOOR count in MEMORY. 0, or -errno that was reported to DIAG. -EINPROGRESS: it executes no
 * Python code for now, which was said, and will count as soon as it does. Then *late is to be looked at or called off,
 * and DIAG must last until then.
 */
int monitoring_visit__begin(const struct monitoring_door *door, const struct monitoring_memory *memory,
			    const struct diag *diag, struct monitoring_visit **late);

/* What has become of it: -EINPROGRESS still, or the same as above; then *late is freed, and NULL. */
int monitoring_visit__look(struct monitoring_visit **late);

/*
 * It need not come any more. 0: it has come after all, and counts; -errno: it does not, and nothing is left. Frees
 * LATE. Takes a tenth of a second, or more if it is on its way.
 */
int monitoring_visit__call_off(struct monitoring_visit *late);

/*
 * Has it end that, and free what it needed for it. If it does not answer within a second, it does so when it next
 * executes a function that was counted. 0 or -errno, of which nothing is said.
 */
int monitoring_visit__end(const struct monitoring_door *door);

#endif

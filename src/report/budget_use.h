/* SPDX-License-Identifier: GPL-2.0-or-later */
/* budget_use: says what profiling took of its target's time, and what it was allowed to take. Pure. */
#ifndef LPROF_BUDGET_USE_H
#define LPROF_BUDGET_USE_H

#include <stdbool.h>
#include <stddef.h>

#include "profile/profile.h"

#define BUDGET_USE_ROOM 160

/*
 * Writes "1.3 % of the target's time (at most 2 %)" for what profiling took since SINCE, an earlier state of the same
 * budget; NULL: from the beginning. False: there is no budget, or nothing to take from yet.
 */
bool budget_use__format(const struct profile_budget *budget, const struct profile_budget *since,
			char text[BUDGET_USE_ROOM]);

/* The same for reports, from the beginning: if it was more than that, says why it may have been. */
bool budget_use__explain(const struct profile_budget *budget, char text[BUDGET_USE_ROOM]);

/* The same for where there is little room: "1.3 % (at most 2 %)". */
bool budget_use__format_short(const struct profile_budget *budget, const struct profile_budget *since,
			      char text[BUDGET_USE_ROOM]);

#endif

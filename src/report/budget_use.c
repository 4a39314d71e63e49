// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/budget_use.h"

#include <stdio.h>

/* With two significant digits, but none behind the hundredth. */
static void format_percent(double percent, char cell[32])
{
	if (percent < 0.01)
		snprintf(cell, 32, "%s", percent > 0 ? "less than 0.01" : "0");
	else
		snprintf(cell, 32, percent < 0.095 ? "%.2f" : percent < 9.95 ? "%.2g" : "%.0f", percent);
}

bool budget_use__format(const struct profile *profile, const struct profile *since, char text[BUDGET_USE_ROOM])
{
	static const struct profile nothing;
	const struct profile *before = since ? since : &nothing;
	char used[32];

	if (profile->budget.percent <= 0 || profile->budget.target_ns <= before->budget.target_ns ||
	    profile->budget.spent_ns < before->budget.spent_ns)
		return false;
	format_percent(100 * (double)(profile->budget.spent_ns - before->budget.spent_ns) /
			       (double)(profile->budget.target_ns - before->budget.target_ns),
		       used);
	snprintf(text, BUDGET_USE_ROOM, "%s %% of the target's time (at most %g %%)", used, profile->budget.percent);
	return true;
}

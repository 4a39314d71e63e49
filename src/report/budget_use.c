// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/budget_use.h"

#include <stdio.h>

/* A target that has hardly run may be charged as much as one that uses a tenth of a processor (see throttle.c). */
#define IDLE_FACTOR 1.25

/* With two significant digits, but none behind the hundredth. */
static void format_percent(double percent, char cell[32])
{
	if (percent < 0.01)
		snprintf(cell, 32, "%s", percent > 0 ? "less than 0.01" : "0");
	else
		snprintf(cell, 32, percent < 0.095 ? "%.2f" : percent < 9.95 ? "%.2g" : "%.0f", percent);
}

static bool format(const struct profile_budget *budget, const struct profile_budget *since, const char *whole,
		   char text[BUDGET_USE_ROOM])
{
	static const struct profile_budget nothing;
	const struct profile_budget *before = since ? since : &nothing;
	char used[32];
	double percent;

	if (budget->percent <= 0 || budget->target_ns <= before->target_ns || budget->spent_ns < before->spent_ns)
		return false;
	percent = 100 * (double)(budget->spent_ns - before->spent_ns) / (double)(budget->target_ns - before->target_ns);
	format_percent(percent, used);
	snprintf(text, BUDGET_USE_ROOM, "%s %%%s (at most %g %%%s)", used, whole, budget->percent,
		 *whole && percent > IDLE_FACTOR * budget->percent
			 ? ", or that of a tenth of a processor if it runs less"
			 : "");
	return true;
}

bool budget_use__format(const struct profile_budget *budget, const struct profile_budget *since,
			char text[BUDGET_USE_ROOM])
{
	return format(budget, since, " of the target's time", text);
}

bool budget_use__format_short(const struct profile_budget *budget, const struct profile_budget *since,
			      char text[BUDGET_USE_ROOM])
{
	return format(budget, since, "", text);
}

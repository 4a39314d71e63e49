// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/budget_use.h"

#include <stdio.h>

#define OF_TARGET " of the target's time"

/* A target that hardly runs may be charged as much as one that uses a tenth of a processor (see throttle.c). */
#define BEYOND 1.25 /* times what is allowed: that is no matter of chance */

/* With two significant digits, but none behind the hundredth. */
static void format_percent(double percent, char cell[32])
{
	if (percent < 0.01)
		snprintf(cell, 32, "%s", percent > 0 ? "less than 0.01" : "0");
	else
		snprintf(cell, 32, percent < 0.095 ? "%.2f" : percent < 9.95 ? "%.2g" : "%.0f", percent);
}

/* What profiling took since SINCE, in per cent; negative: there is no budget, or nothing to take from yet. */
static double percent_of(const struct profile_budget *budget, const struct profile_budget *since)
{
	static const struct profile_budget nothing;
	const struct profile_budget *before = since ? since : &nothing;

	if (budget->percent <= 0 || budget->target_ns <= before->target_ns || budget->spent_ns < before->spent_ns)
		return -1;
	return 100 * (double)(budget->spent_ns - before->spent_ns) / (double)(budget->target_ns - before->target_ns);
}

static bool format(double percent, const char *whole, double most, const char *why, char text[BUDGET_USE_ROOM])
{
	char used[32];

	if (percent < 0)
		return false;
	format_percent(percent, used);
	snprintf(text, BUDGET_USE_ROOM, "%s %%%s (at most %g %%%s)", used, whole, most, why);
	return true;
}

bool budget_use__format(const struct profile_budget *budget, const struct profile_budget *since,
			char text[BUDGET_USE_ROOM])
{
	return format(percent_of(budget, since), OF_TARGET, budget->percent, "", text);
}

bool budget_use__explain(const struct profile_budget *budget, char text[BUDGET_USE_ROOM])
{
	double percent = percent_of(budget, NULL);
	bool more = percent > BEYOND * budget->percent;

	return format(percent, OF_TARGET, budget->percent,
		      more ? ", or that of a tenth of a processor if it runs less" : "", text);
}

bool budget_use__format_short(const struct profile_budget *budget, const struct profile_budget *since,
			      char text[BUDGET_USE_ROOM])
{
	return format(percent_of(budget, since), "", budget->percent, "", text);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/heat.h"

static const struct {
	unsigned percent; /* smallest share, in percent */
	const char *marks, *begin;
} heats[N_HEATS] = {
	[HEAT_NONE] = {0, "", ""},
	[HEAT_MILD] = {2, "#", "\033[32m"},
	[HEAT_WARM] = {10, "##", "\033[33m"},
	[HEAT_HOT] = {30, "###", "\033[1;31m"},
};

enum heat heat__of(uint64_t time_ns, uint64_t total_ns)
{
	enum heat heat = HEAT_HOT;

	if (!total_ns)
		return HEAT_NONE;
	while (100.0 * (double)time_ns < heats[heat].percent * (double)total_ns)
		heat--;
	return heat;
}

const char *heat__marks(enum heat heat)
{
	return heats[heat].marks;
}

const char *heat__begin(enum heat heat)
{
	return heats[heat].begin;
}

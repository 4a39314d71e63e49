// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/estimated_times.h"

#include <stdbool.h>

#include "profile/sampled_lines.h"
#include "profile/stacks.h"

/* Whether the function's probes were not in all the time, so that they do not tell its time. */
static bool is_untimed(const struct profile_function *function)
{
	return function->estimated || function->uncounted;
}

static bool has_untimed(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_functions; i++)
		if (is_untimed(&profile->functions[i]))
			return true;
	return false;
}

int estimated_times__set(struct profile *profile, double part)
{
	struct sampled_lines lines = {0};
	uint32_t function, owner;
	int err;

	if (!profile->stacks || !has_untimed(profile))
		return 0;
	err = sampled_lines__make(profile->stacks, &lines);
	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *counted = &profile->functions[i];

		if (is_untimed(counted) && sampled_lines__find(profile->stacks, counted, &function, &owner))
			err = sampled_lines__set(&lines, profile->stacks, function, owner, profile->clock, part,
						 counted);
	}
	sampled_lines__release(&lines);
	return err;
}

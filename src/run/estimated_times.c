// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/estimated_times.h"

#include <stdbool.h>

#include "profile/sampled_lines.h"
#include "profile/stacks.h"

static bool has_estimates(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_functions; i++)
		if (profile->functions[i].estimated)
			return true;
	return false;
}

int estimated_times__set(struct profile *profile)
{
	struct sampled_lines lines = {0};
	uint32_t function, owner;
	int err;

	if (!profile->stacks || !has_estimates(profile))
		return 0;
	err = sampled_lines__make(profile->stacks, &lines);
	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *counted = &profile->functions[i];

		if (counted->estimated && sampled_lines__find(profile->stacks, counted, &function, &owner))
			err = sampled_lines__set(&lines, profile->stacks, function, owner, profile->clock, counted);
	}
	sampled_lines__release(&lines);
	return err;
}

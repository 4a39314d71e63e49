// SPDX-License-Identifier: GPL-2.0-or-later
#include "budget/purse.h"

#include <math.h>

void purse__open(struct purse *purse, double share, double first_ns, double most_ns)
{
	*purse = (struct purse){.share = share, .saved_ns = first_ns, .most_ns = most_ns};
}

void purse__update(struct purse *purse, uint64_t target_ns, uint64_t spent_ns)
{
	double earned = fmax((double)target_ns - purse->target_ns, 0),
	       spent = fmax((double)spent_ns - purse->spent_ns, 0);

	purse->target_ns += earned;
	purse->spent_ns += spent;
	purse->saved_ns = fmin(purse->saved_ns + purse->share * earned, purse->most_ns) - spent;
}

double purse__wait_ns(const struct purse *purse, double price_ns)
{
	/* What is dearer than the most that can be saved has its turn when so much has been saved. */
	return fmax(fmin(price_ns, purse->most_ns) - purse->saved_ns, 0) / purse->share;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_sampled.h"

#include <errno.h>
#include <stdlib.h>

#include "profile/profile_delta.h"
#include "top/top_functions.h"

static int list_others(struct top_sampled *sampled)
{
	const struct ranking *ranking = &sampled->ranking;

	sampled->others = calloc(ranking->n + 1, sizeof(struct ranked *));
	if (!sampled->others)
		return -ENOMEM;
	for (size_t i = 0; i < ranking->n; i++)
		if (!ranking->functions[i].profiled && ranking->functions[i].times.own_cpu_ns)
			sampled->others[sampled->n_others++] = &ranking->functions[i];
	return 0;
}

int top_sampled__make(const struct profile *now, const struct profile *base, struct top_sampled *sampled)
{
	int err = 0;

	*sampled = (struct top_sampled){.since = NULL};
	if (base && base->stacks && now->stacks)
		err = profile_delta__since(base, now, &sampled->since);
	if (!err)
		err = ranking__make(sampled->since ? sampled->since : now, &sampled->ranking);
	if (!err)
		err = list_others(sampled);
	if (err)
		top_sampled__release(sampled);
	return err;
}

void top_sampled__release(struct top_sampled *sampled)
{
	free(sampled->others);
	ranking__release(&sampled->ranking);
	profile__free(sampled->since);
	*sampled = (struct top_sampled){.since = NULL};
}

const struct ranked *top_sampled__of(const struct top_sampled *sampled, const struct profile_function *function)
{
	for (size_t i = 0; i < sampled->ranking.n; i++) {
		const struct ranked *ranked = &sampled->ranking.functions[i];

		if (!function->owner.pid && ranked->profiled && top_functions__are_same(ranked->profiled, function))
			return ranked;
	}
	return NULL;
}

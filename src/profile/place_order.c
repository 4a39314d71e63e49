// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/place_order.h"

#include <stdlib.h>
#include <string.h>

int place_order__compare(const struct profile_function *a, const struct profile_function *b)
{
	int order = strcmp(a->file, b->file);

	if (!order)
		order = (a->line > b->line) - (a->line < b->line);
	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = strcmp(a->linkage_name, b->linkage_name);
	if (!order)
		order = strcmp(a->object, b->object);
	return order ? order : strcmp(a->build_id, b->build_id);
}

int place_order__compare_owned(const struct profile_function *a, const struct profile_function *b)
{
	int order = place_order__compare(a, b);

	if (!order)
		order = (a->owner.rank > b->owner.rank) - (a->owner.rank < b->owner.rank);
	if (!order)
		order = (a->owner.pid > b->owner.pid) - (a->owner.pid < b->owner.pid);
	return order ? order : (a->owner.tid > b->owner.tid) - (a->owner.tid < b->owner.tid);
}

static int compare_pointers(const void *a, const void *b)
{
	return place_order__compare_owned(*(const struct profile_function *const *)a,
					  *(const struct profile_function *const *)b);
}

const struct profile_function **place_order__functions(const struct profile *profile)
{
	const struct profile_function **functions;

	functions = calloc(profile->n_functions + 1, sizeof(struct profile_function *));
	if (!functions)
		return NULL;
	for (size_t i = 0; i < profile->n_functions; i++)
		functions[i] = &profile->functions[i];
	qsort(functions, profile->n_functions, sizeof(struct profile_function *), compare_pointers);
	return functions;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each sample falls on a function or not, whatever the other samples did, so the number n of the N samples that fall on
 * it follows the binomial distribution. Its share is n / N, with the standard deviation sqrt(n (N - n) / N) / N. That
 * would be 0 where no sample or every sample fell on the function, as if the share were certain; n is taken to be one
 * off there.
 */
#include "profile/ranking.h"

#include "profile/rough_count.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What says which function it is, of a sampled or a profiled one. */
struct identity {
	uint32_t line;
	const char *name, *linkage_name, *file;
	const char *object; /* its build ID or, if it has none, its path */
	bool has_build_id;
	const struct profile_function *profiled;
};

static struct identity identity_of_profiled(const struct profile_function *function)
{
	return (struct identity){
		.line = function->line,
		.name = function->name,
		.linkage_name = function->linkage_name,
		.file = function->file,
		.object = *function->build_id ? function->build_id : function->object,
		.has_build_id = *function->build_id,
		.profiled = function,
	};
}

static struct identity identity_of_sampled(const struct stack_function *function)
{
	return (struct identity){
		.line = function->line,
		.name = function->name,
		.linkage_name = function->linkage_name,
		.file = function->file,
		.object = *function->build_id ? function->build_id : function->object,
		.has_build_id = *function->build_id,
	};
}

static int compare_identities(const void *x, const void *y)
{
	const struct identity *a = x, *b = y;
	int order = (a->line > b->line) - (a->line < b->line);

	if (!order)
		order = strcmp(a->name, b->name);
	if (!order)
		order = strcmp(a->linkage_name, b->linkage_name);
	if (!order)
		order = strcmp(a->file, b->file);
	if (!order)
		order = strcmp(a->object, b->object);
	return order ? order : a->has_build_id - b->has_build_id;
}

bool ranking__are_same(const struct stack_function *sampled, const struct profile_function *profiled)
{
	const struct identity a = identity_of_sampled(sampled), b = identity_of_profiled(profiled);

	return !compare_identities(&a, &b);
}

/* All functions of the profile, sorted by identity. Owned by the caller; NULL when out of memory. */
static struct identity *list_profiled(const struct profile *profile)
{
	struct identity *list = calloc(profile->n_functions + 1, sizeof(*list));

	if (!list)
		return NULL;
	for (size_t i = 0; i < profile->n_functions; i++)
		list[i] = identity_of_profiled(&profile->functions[i]);
	qsort(list, profile->n_functions, sizeof(*list), compare_identities);
	return list;
}

/* Adds what the N profiled functions in LIST know of the function: there may be one for each owner. */
static void find_profiled(const struct identity *list, size_t n, struct ranked *ranked)
{
	const struct identity wanted = identity_of_sampled(ranked->function);
	const struct identity *found = bsearch(&wanted, list, n, sizeof(*list), compare_identities);

	while (found && found != list && !compare_identities(found - 1, &wanted))
		found--;
	for (; found && found != list + n && !compare_identities(found, &wanted); found++) {
		const struct profile_function *profiled = found->profiled;

		if (!ranked->profiled || profiled < ranked->profiled)
			ranked->profiled = profiled;
		if (profiled->uncounted)
			continue;
		ranked->counted = true;
		if (__builtin_add_overflow(ranked->calls, profiled->calls, &ranked->calls))
			ranked->calls = UINT64_MAX;
		ranked->calls_uncertainty =
			rough_count__doubt_of_sum(ranked->calls_uncertainty, profiled->calls_uncertainty);
	}
}

double ranking__uncertainty(const struct ranking *ranking, double share)
{
	const double samples = (double)ranking->cpu_samples;
	double hits = share * samples;

	if (samples < 2)
		return 1;
	hits = fmax(1, fmin(samples - 1, hits));
	return 2 * sqrt(hits * (samples - hits) / samples) / samples;
}

static void set_shares(const struct ranking *ranking, struct ranked *ranked)
{
	const double whole = (double)ranking->total.cpu_ns;

	if (ranking->total.cpu_ns) {
		ranked->own_share = (double)ranked->times.own_cpu_ns / whole;
		ranked->share = (double)ranked->times.cpu_ns / whole;
	}
	ranked->own_uncertainty = ranking__uncertainty(ranking, ranked->own_share);
	ranked->uncertainty = ranking__uncertainty(ranking, ranked->share);
}

static int compare_ranked(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	const uint64_t keys[][2] = {
		{a->times.own_cpu_ns, b->times.own_cpu_ns},
		{a->times.cpu_ns, b->times.cpu_ns},
		{a->times.own_blocked_ns, b->times.own_blocked_ns},
		{a->times.blocked_ns, b->times.blocked_ns},
	};
	struct identity of_a, of_b;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] > keys[i][1] ? -1 : 1;
	if (strcmp(a->function->name, b->function->name) != 0)
		return strcmp(a->function->name, b->function->name);
	of_a = identity_of_sampled(a->function);
	of_b = identity_of_sampled(b->function);
	return compare_identities(&of_a, &of_b);
}

/*
 * How many of the samples stand for time on a processor. A sample may also stand for time that its thread waited, and
 * says nothing of the processor then.
 */
static uint64_t count_cpu_samples(const struct stacks *stacks, const struct stack_times *total)
{
	uint64_t most = stacks->period_ns ? total->cpu_ns / stacks->period_ns : total->own_samples;

	return most < total->own_samples ? most : total->own_samples;
}

static int fill(const struct profile *profile, struct ranking *ranking)
{
	const struct stacks *stacks = profile->stacks;
	struct stack_times *times = calloc(stacks->n_functions + 1, sizeof(*times));
	struct identity *profiled = list_profiled(profile);
	int err = times && profiled ? stacks__function_times(stacks, times) : -ENOMEM;

	for (size_t i = 0; !err && i < stacks->n_functions; i++) {
		struct ranked *ranked = &ranking->functions[i];

		ranked->function = &stacks->functions[i];
		ranked->times = times[i];
		set_shares(ranking, ranked);
		find_profiled(profiled, profile->n_functions, ranked);
	}
	if (!err)
		ranking->n = stacks->n_functions;
	free(times);
	free(profiled);
	return err;
}

int ranking__make(const struct profile *profile, struct ranking *ranking)
{
	int err;

	*ranking = (struct ranking){.n = 0};
	if (!profile->stacks)
		return 0;
	ranking->total = stacks__total(profile->stacks);
	ranking->cpu_samples = count_cpu_samples(profile->stacks, &ranking->total);
	ranking->functions = calloc(profile->stacks->n_functions + 1, sizeof(*ranking->functions));
	err = ranking->functions ? fill(profile, ranking) : -ENOMEM;
	if (err)
		ranking__release(ranking);
	else
		qsort(ranking->functions, ranking->n, sizeof(*ranking->functions), compare_ranked);
	return err;
}

void ranking__release(struct ranking *ranking)
{
	free(ranking->functions);
	*ranking = (struct ranking){.n = 0};
}

bool ranked__lacks_debug_information(const struct ranked *function)
{
	return !*function->function->file && *function->function->object;
}

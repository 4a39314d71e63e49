// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/hottest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "profile/ranking.h"
#include "profile/sampled_lines.h"
#include "profile/stacks.h"

/*
 * The search ends after this time, or this part of the duration that the user has set, if that is shorter; but not
 * before there are enough samples.
 */
#define SEARCH_NS   (2 * CLOCK_SECOND_NS)
#define SEARCH_PART 0.3
#define FEW_SAMPLES 50
#define LEAST_SHARE 0.01 /* of the samples: functions below it do not matter */

struct hottest {
	const struct options *options;
	struct selector **selectors;
	size_t n;
	uint64_t began_ns;  /* when counting began, after the beginning of the run */
	uint64_t lasted_ns; /* how long it lasted; 0: nothing was counted */
};

struct hottest *hottest__new(const struct options *options)
{
	struct hottest *hottest = calloc(1, sizeof(*hottest));

	if (hottest)
		hottest->options = options;
	return hottest;
}

void hottest__free(struct hottest *hottest)
{
	if (!hottest)
		return;
	for (size_t i = 0; i < hottest->n; i++)
		selector__free(hottest->selectors[i]);
	free(hottest->selectors);
	free(hottest);
}

bool hottest__is_time(const struct hottest *hottest, const struct stack_sampler *sampler, uint64_t elapsed_ns)
{
	double part = SEARCH_PART * hottest->options->duration * 1e9;
	double wanted = part > 0 && part < SEARCH_NS ? part : SEARCH_NS;

	return (double)elapsed_ns >= wanted && stack_sampler__count(sampler) >= FEW_SAMPLES;
}

static const char *bare_name(const char *name)
{
	const char *colons = strrchr(name, ':');

	return colons ? colons + 1 : name;
}

/* Whether the user's -f, if there is any, selects the function. */
static bool is_wanted(const struct options *options, const struct stack_function *function)
{
	const struct function_names names = {
		.bare = bare_name(function->name),
		.qualified = function->name,
		.linkage = *function->linkage_name ? function->linkage_name : NULL,
		.style = &name_style_dots,
	};

	for (size_t i = 0; i < options->n_functions; i++)
		if (selector__matches_file(options->functions[i], function->file) &&
		    selector__matches_name(options->functions[i], &names))
			return true;
	return !options->n_functions;
}

/* Whether the function has lines that could be shown and matters, or the user has chosen it. */
static bool is_candidate(const struct options *options, const struct stack_sampler *sampler,
			 const struct ranked *ranked)
{
	if (!*ranked->function->file || !is_wanted(options, ranked->function) ||
	    !stack_sampler__is_meant(sampler, ranked->function->object))
		return false;
	return options->n_functions || ranked->own_share >= LEAST_SHARE;
}

static size_t wanted_number(const struct hottest *hottest, const struct ranking *ranking)
{
	return hottest->options->hottest ? (size_t)hottest->options->hottest : ranking->n;
}

static int choose(struct hottest *hottest, const struct stack_sampler *sampler, const struct ranking *ranking)
{
	size_t most = wanted_number(hottest, ranking);
	int err = 0;

	hottest->selectors = calloc(most + 1, sizeof(*hottest->selectors));
	if (!hottest->selectors)
		return -ENOMEM;
	for (size_t i = 0; err != -ENOMEM && i < ranking->n && hottest->n < most; i++) {
		const struct stack_function *function = ranking->functions[i].function;

		if (!is_candidate(hottest->options, sampler, &ranking->functions[i]))
			continue;
		err = selector__of_function(function->name, function->linkage_name, function->file,
					    &hottest->selectors[hottest->n]);
		if (!err)
			hottest->n++;
	}
	return err == -ENOMEM ? err : 0;
}

int hottest__choose(struct hottest *hottest, struct stack_sampler *sampler)
{
	struct profile *profile = profile__new();
	struct ranking ranking = {0};
	int err = profile ? stack_sampler__stacks(sampler, &profile->stacks) : -ENOMEM;

	if (!err)
		err = ranking__make(profile, &ranking);
	if (!err)
		err = choose(hottest, sampler, &ranking);
	ranking__release(&ranking);
	profile__free(profile);
	return err;
}

const struct selector *const *hottest__selectors(const struct hottest *hottest, size_t *n)
{
	*n = hottest->n;
	return (const struct selector *const *)hottest->selectors;
}

void hottest__counted(struct hottest *hottest, uint64_t began_ns, uint64_t lasted_ns)
{
	hottest->began_ns = began_ns;
	hottest->lasted_ns = lasted_ns;
}

/* What is needed to make tables of samples. */
struct tables {
	struct profile *profile;
	const struct stack_sampler *sampler;
	struct sampled_lines lines;
};

/* Adds a line that has code to a table, where no sample may have found it. */
static int add_line(const char *file, uint32_t number, void *ctx)
{
	struct profile_function *table = ctx;
	struct profile_line line = {.line = number};
	int err = 0;

	if (strcmp(file, table->file) != 0)
		err = profile_function__add_file(table, file, &line.file);
	return err ? err : profile_function__add_line(table, &line);
}

/* Adds the table of FUNCTION for OWNER, both indexes, if there are samples of that. */
static int add_table(const struct tables *tables, uint32_t function, uint32_t owner)
{
	const struct stacks *stacks = tables->profile->stacks;
	const struct stack_function *what = &stacks->functions[function];
	struct profile_function *table;
	size_t n;
	int err;

	if (!sampled_lines__of(&tables->lines, function, owner, &n))
		return 0;
	table = profile__add_function(tables->profile, what->name, what->linkage_name, what->file, what->line);
	if (!table)
		return -ENOMEM;
	table->owner = stacks->owners[owner];
	err = profile_function__set_place(table, what->object, what->build_id,
					  stack_sampler__files(tables->sampler, what->object));
	if (!err)
		err = sampled_lines__fill(&tables->lines, stacks, function, owner, tables->profile->clock, table);
	return err ? err : stack_sampler__each_line(tables->sampler, what, add_line, table);
}

/* Adds tables of samples for the hottest functions, unless they were counted. */
static int add_tables(const struct hottest *hottest, const struct ranking *ranking, const struct tables *tables)
{
	const struct stacks *stacks = tables->profile->stacks;
	size_t left = wanted_number(hottest, ranking);
	int err = 0;

	for (size_t i = 0; !err && left && i < ranking->n; i++) {
		const struct ranked *ranked = &ranking->functions[i];
		uint32_t function = (uint32_t)(ranked->function - stacks->functions);

		if (!is_candidate(hottest->options, tables->sampler, ranked))
			continue;
		left--;
		for (uint32_t owner = 0; !err && !ranked->profiled && owner < stacks->n_owners; owner++)
			err = add_table(tables, function, owner);
	}
	return err;
}

/* The index of the owner among those of the stacks; their number if it is none of them. */
static uint32_t find_owner(const struct stacks *stacks, const struct profile_owner *owner)
{
	uint32_t i = 0;

	while (i < stacks->n_owners && (stacks->owners[i].pid != owner->pid || stacks->owners[i].tid != owner->tid))
		i++;
	return i;
}

/* A counted function, and what samples tell of it. */
struct retimed {
	struct profile_function *counted;
	uint32_t function, owner; /* indexes */
	struct sampled_scale scale;
};

/* Finds what samples tell of the counted function. Returns whether that is enough. */
static bool find_retimed(const struct tables *tables, struct profile_function *counted, struct retimed *out)
{
	const struct stacks *stacks = tables->profile->stacks;
	uint32_t owner = find_owner(stacks, &counted->owner), f = 0;

	while (f < stacks->n_functions && !ranking__are_same(&stacks->functions[f], counted))
		f++;
	*out = (struct retimed){.counted = counted, .function = f, .owner = owner};
	return f < stacks->n_functions && owner < stacks->n_owners &&
	       sampled_lines__scale(&tables->lines, f, owner, counted, &out->scale);
}

/*
 * Gives counted functions the times that samples tell. If these are the same everywhere as the measured ones but for
 * one factor, as far as the measured ones are certain, that factor is used: then a line that calls has at least the
 * time of what it calls.
 */
static int replace_times(const struct tables *tables)
{
	struct profile *profile = tables->profile;
	struct retimed *retimed = calloc(profile->n_functions + 1, sizeof(*retimed));
	struct sampled_scale common = {0};
	int err = retimed ? 0 : -ENOMEM;
	size_t n = 0;

	for (size_t i = 0; !err && i < profile->n_functions; i++)
		n += find_retimed(tables, &profile->functions[i], &retimed[n]);
	for (size_t i = 0; i < n; i++)
		sampled_scale__add(&common, &retimed[i].scale);
	for (size_t i = 0; !err && i < n; i++) {
		const struct sampled_scale *scale =
			sampled_scale__agree(&common, &retimed[i].scale) ? &common : &retimed[i].scale;

		err = sampled_lines__retime(&tables->lines, profile->stacks, retimed[i].function, retimed[i].owner,
					    scale, retimed[i].counted);
	}
	free(retimed);
	return err;
}

/* Says of which time the figures of the lines are. */
static int note_count(const struct hottest *hottest, struct profile *profile)
{
	return profile__add_note(profile,
				 "the lines were counted for %.1f s of the run, after the first %.1f s had told which "
				 "functions are hottest",
				 (double)hottest->lasted_ns / 1e9, (double)hottest->began_ns / 1e9);
}

static int add_samples(const struct hottest *hottest, const struct stack_sampler *sampler, struct profile *profile)
{
	struct tables tables = {.profile = profile, .sampler = sampler};
	struct ranking ranking = {0};
	int err = sampled_lines__make(profile->stacks, &tables.lines);

	if (!err)
		err = replace_times(&tables);
	if (!err)
		err = ranking__make(profile, &ranking);
	if (!err)
		err = add_tables(hottest, &ranking, &tables);
	if (!err && hottest->lasted_ns)
		err = note_count(hottest, profile);
	ranking__release(&ranking);
	sampled_lines__release(&tables.lines);
	return err;
}

int hottest__report(const struct hottest *hottest, const struct stack_sampler *sampler, struct profile *profile)
{
	if (!profile->stacks)
		return 0;
	profile->stacks->unprobed_ns = hottest->lasted_ns ? hottest->began_ns : profile->duration_ns;
	return add_samples(hottest, sampler, profile);
}

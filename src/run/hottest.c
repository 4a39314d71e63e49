// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/hottest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
#define LEAST_SHARE 0.02 /* of the samples: functions below it do not matter */

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

/* Whether the source of the function can be read here. */
static bool has_source(const struct stack_sampler *sampler, const struct stack_function *function)
{
	const struct target_files *files = stack_sampler__files(sampler, function->object);
	int fd = files ? target_files__open(files, function->file) : open(function->file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Whether lines of the function could be shown, and the user has not chosen otherwise. WITH_SOURCE: only if their text
 * can be shown too.
 */
static bool is_eligible(const struct options *options, const struct stack_sampler *sampler,
			const struct stack_function *function, bool with_source)
{
	return *function->file && is_wanted(options, function) && stack_sampler__is_meant(sampler, function->object) &&
	       (!with_source || has_source(sampler, function));
}

/* A function that is chosen. */
struct choice {
	uint32_t function; /* index */
	uint64_t cpu_ns; /* its own time on a processor, and that of functions that it called which are not eligible */
};

struct choices {
	struct choice *items; /* the hottest first */
	size_t n;
};

static int compare_choices(const void *x, const void *y)
{
	const struct choice *a = x, *b = y;

	if (a->cpu_ns != b->cpu_ns)
		return a->cpu_ns < b->cpu_ns ? 1 : -1;
	return (a->function > b->function) - (a->function < b->function);
}

/* Credits each node's time to the innermost eligible function of its stack, of which ALL has one item each. */
static int credit(const struct hottest *hottest, const struct stack_sampler *sampler, const struct stacks *stacks,
		  bool with_source, struct choice *all)
{
	uint32_t *innermost = calloc(stacks->n_nodes + 1, sizeof(*innermost));

	if (!innermost)
		return -ENOMEM;
	for (uint32_t f = 0; f < stacks->n_functions; f++)
		all[f] = (struct choice){
			is_eligible(hottest->options, sampler, &stacks->functions[f], with_source) ? f : STACKS_NONE,
			0};
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		const struct stack_node *node = &stacks->nodes[i];

		innermost[i] = all[node->function].function;
		if (innermost[i] == STACKS_NONE && node->parent != STACKS_NONE)
			innermost[i] = innermost[node->parent];
		if (innermost[i] != STACKS_NONE)
			all[innermost[i]].cpu_ns += node->cpu_ns;
	}
	free(innermost);
	return 0;
}

/* Chooses functions as choose() does, among those with source or among all. */
static int choose_among(const struct hottest *hottest, const struct stack_sampler *sampler, const struct stacks *stacks,
			bool with_source, struct choices *out)
{
	const struct options *options = hottest->options;
	size_t most = options->hottest ? (size_t)options->hottest : stacks->n_functions;
	double least = options->n_functions ? 0 : LEAST_SHARE * (double)stacks__total(stacks).cpu_ns;
	int err = credit(hottest, sampler, stacks, with_source, out->items);

	if (err)
		return err;
	out->n = 0;
	for (size_t f = 0; f < stacks->n_functions; f++)
		if (out->items[f].function != STACKS_NONE && (double)out->items[f].cpu_ns >= least)
			out->items[out->n++] = out->items[f];
	qsort(out->items, out->n, sizeof(*out->items), compare_choices);
	if (out->n > most)
		out->n = most;
	return 0;
}

/*
 * Chooses functions: those that matter, or all that the user selects; not more than wanted. Unless the user selects,
 * functions whose source is here are preferred: without it, lines are but numbers. 0 or -ENOMEM.
 */
static int choose(const struct hottest *hottest, const struct stack_sampler *sampler, const struct stacks *stacks,
		  struct choices *out)
{
	int err = 0;

	*out = (struct choices){calloc(stacks->n_functions + 1, sizeof(*out->items)), 0};
	if (!out->items)
		return -ENOMEM;
	if (!hottest->options->n_functions)
		err = choose_among(hottest, sampler, stacks, true, out);
	return err || out->n ? err : choose_among(hottest, sampler, stacks, false, out);
}

/* Makes what selects the chosen functions. */
static int select_choices(struct hottest *hottest, const struct stacks *stacks, const struct choices *choices)
{
	int err = 0;

	hottest->selectors = calloc(choices->n + 1, sizeof(*hottest->selectors));
	if (!hottest->selectors)
		return -ENOMEM;
	for (size_t i = 0; err != -ENOMEM && i < choices->n; i++) {
		const struct stack_function *function = &stacks->functions[choices->items[i].function];

		err = selector__of_function(function->name, function->linkage_name, function->file,
					    &hottest->selectors[hottest->n]);
		if (!err)
			hottest->n++;
	}
	return err == -ENOMEM ? err : 0;
}

int hottest__choose(struct hottest *hottest, struct stack_sampler *sampler)
{
	struct choices choices = {0};
	struct stacks *stacks;
	int err = stack_sampler__stacks(sampler, &stacks);

	if (err)
		return err;
	err = choose(hottest, sampler, stacks, &choices);
	if (!err)
		err = select_choices(hottest, stacks, &choices);
	free(choices.items);
	stacks__free(stacks);
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
	size_t n_counted; /* functions of the profile that have tables of counts, which are the first ones */
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

static bool is_counted(const struct tables *tables, uint32_t function)
{
	for (size_t i = 0; i < tables->n_counted; i++)
		if (ranking__are_same(&tables->profile->stacks->functions[function], &tables->profile->functions[i]))
			return true;
	return false;
}

/* Adds tables of samples for the hottest functions, unless they were counted. */
static int add_tables(const struct hottest *hottest, const struct tables *tables)
{
	const struct stacks *stacks = tables->profile->stacks;
	struct choices choices = {0};
	int err = choose(hottest, tables->sampler, stacks, &choices);

	for (size_t i = 0; !err && i < choices.n; i++) {
		uint32_t function = choices.items[i].function;

		if (is_counted(tables, function))
			continue;
		for (uint32_t owner = 0; !err && owner < stacks->n_owners; owner++)
			err = add_table(tables, function, owner);
	}
	free(choices.items);
	return err;
}

/* A counted function, and what samples tell of it. */
struct retimed {
	struct profile_function *counted;
	uint32_t function, owner;   /* indexes */
	struct sampled_scale scale; /* weight 0: what was measured does not tell it */
};

/*
 * Lists the counted functions whose times samples are to tell. One that was not executed while it was counted gets a
 * table of samples, as if it had not been chosen. Within a budget, probes take so little that measured times are right.
 */
static int list_retimed(const struct tables *tables, struct retimed *list, size_t *n)
{
	struct profile *profile = tables->profile;
	int err = 0;

	*n = 0;
	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *counted = &profile->functions[i];
		struct retimed *item = &list[*n];

		item->counted = counted;
		if (!sampled_lines__find(profile->stacks, counted, &item->function, &item->owner))
			continue;
		if (!profile_function__may_be_hit(counted))
			err = sampled_lines__fill(&tables->lines, profile->stacks, item->function, item->owner,
						  profile->clock, counted);
		else if (!profile->budget.percent)
			*n += sampled_lines__scale(&tables->lines, item->function, item->owner, counted, &item->scale);
	}
	return err;
}

/*
 * Gives counted functions the times that samples tell. If these are the same everywhere as the measured ones but for
 * one factor, as far as the measured ones are certain, that factor is used: then a line that calls has at least the
 * time of what it calls.
 */
static int replace_times(const struct tables *tables)
{
	struct retimed *list = calloc(tables->profile->n_functions + 1, sizeof(*list));
	struct sampled_scale common = {0};
	size_t n = 0;
	int err = list ? list_retimed(tables, list, &n) : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++)
		sampled_scale__add(&common, &list[i].scale);
	for (size_t i = 0; !err && i < n; i++) {
		const struct sampled_scale *scale =
			sampled_scale__agree(&common, &list[i].scale) ? &common : &list[i].scale;

		if (scale->weight > 0)
			err = sampled_lines__retime(&tables->lines, tables->profile->stacks, list[i].function,
						    list[i].owner, scale, list[i].counted);
	}
	free(list);
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
	struct tables tables = {.profile = profile, .sampler = sampler, .n_counted = profile->n_functions};
	int err = sampled_lines__make(profile->stacks, &tables.lines);

	if (!err)
		err = replace_times(&tables);
	if (!err)
		err = add_tables(hottest, &tables);
	if (!err && hottest->lasted_ns)
		err = note_count(hottest, profile);
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

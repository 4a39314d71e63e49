// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile_merge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/key_map.h"
#include "profile/stacks.h"

struct profile_merge {
	enum profile_by by;
	struct profile *sum;
	size_t n_added, n_sampled; /* how many profiles; how many of them have stacks */
	struct key_map functions;  /* maps a hash to the last function in SUM that has it */
	size_t *same_hash; /* by function: the previous function with the same hash, its index plus one; 0: none */
	size_t same_hash_capacity;
	struct key_map pids;
	char ***commands; /* all different commands, each an argv as in struct profile */
	size_t n_commands, commands_capacity;
};

struct profile_merge *profile_merge__new(enum profile_by by)
{
	struct profile_merge *merge = calloc(1, sizeof(*merge));

	if (!merge)
		return NULL;
	merge->by = by;
	merge->sum = profile__new();
	if (merge->sum)
		return merge;
	free(merge);
	return NULL;
}

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

void profile_merge__free(struct profile_merge *merge)
{
	if (!merge)
		return;
	profile__free(merge->sum);
	key_map__clear(&merge->functions);
	key_map__clear(&merge->pids);
	for (size_t i = 0; i < merge->n_commands; i++)
		free_words(merge->commands[i]);
	free(merge->commands);
	free(merge);
}

/* The build ID of the function's object or, if it has none, its path. */
static const char *identity(const struct profile_function *function)
{
	return *function->build_id ? function->build_id : function->object;
}

static uint64_t hash_function(const struct profile_function *function, const struct profile_owner *owner)
{
	uint64_t hash = hash__number(HASH_START, function->line);

	hash = hash__text(hash, identity(function));
	hash = hash__text(hash, function->file);
	hash = hash__text(hash, function->name);
	hash = hash__text(hash, function->linkage_name);
	hash = hash__number(hash, (uint64_t)owner->pid);
	return hash__number(hash, (uint64_t)owner->tid);
}

/* A function that is looked for in the sum. */
struct wanted {
	const struct profile_function *function;
	const struct profile_owner *owner; /* which it has there */
};

static bool is_same(const void *sum, size_t index, const void *item)
{
	const struct profile_function *b = &((const struct profile *)sum)->functions[index];
	const struct wanted *wanted = item;
	const struct profile_function *a = wanted->function;

	return a->line == b->line && !strcmp(a->name, b->name) && !strcmp(identity(a), identity(b)) &&
	       !*a->build_id == !*b->build_id && !strcmp(a->file, b->file) &&
	       !strcmp(a->linkage_name, b->linkage_name) && wanted->owner->pid == b->owner.pid &&
	       wanted->owner->tid == b->owner.tid;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Which owner in the sum the figures of OWNER in PROFILE belong to. If PROFILE does not tell processes apart but had
 * only one, it is that process.
 */
static struct profile_owner find_owner(const struct profile_merge *merge, const struct profile *profile,
				       struct profile_owner owner)
{
	if (!merge->by)
		return (struct profile_owner){0};
	if (merge->by == PROFILE_BY_PROCESS)
		owner.tid = 0;
	if (!owner.pid && profile->n_pids == 1) {
		owner.pid = profile->pids[0];
		if (profile->n_command)
			snprintf(owner.comm, sizeof(owner.comm), "%s", base_name(profile->command[0]));
	}
	return owner;
}

/* Finds the function in the sum to which FUNCTION is added, and creates it if necessary; NULL when out of memory. */
static struct profile_function *find_function(struct profile_merge *merge, const struct profile_function *function,
					      const struct profile_owner *owner)
{
	const struct wanted wanted = {function, owner};
	struct profile *sum = merge->sum;
	struct profile_function *added;
	uint64_t found;

	if (key_map__find(&merge->functions, hash_function(function, owner), is_same, sum, &wanted, &found))
		return &sum->functions[found];
	added = profile__add_function(sum, function->name, function->linkage_name, function->file, function->line);
	if (!added || profile_function__set_place(added, function->object, function->build_id, function->files) ||
	    key_map__set(&merge->functions, found, sum->n_functions - 1))
		return NULL;
	added->owner = *owner;
	added->uncounted = function->uncounted;
	added->sampled_times = function->sampled_times;
	return added;
}

/* Hits are known as soon as one of the profiles has them. Called before FUNCTION is added. */
static int merge_uncounted(struct profile_function *sum, const struct profile_function *function)
{
	if (sum->uncounted == function->uncounted)
		return 0;
	sum->uncounted = false;
	return profile_function__add_note(
		sum, "in some of the merged profiles this function was sampled but carried no probe: its calls and "
		     "hits are those of the others alone, while its times are those of all, so the time per hit is too "
		     "long");
}

static int add_function(struct profile_merge *merge, const struct profile *profile, const char *name,
			const struct profile_function *function)
{
	const struct profile_owner owner = find_owner(merge, profile, function->owner);
	struct profile_function *sum = find_function(merge, function, &owner);
	int err = sum ? merge_uncounted(sum, function) : -ENOMEM;

	if (!err)
		err = profile_function__add(sum, function);
	if (!err && merge->by && !owner.pid)
		err = profile_function__add_note(
			sum, "these are the figures of %s, in which processes were not told apart", name);
	return err;
}

static bool same_words(char *const *a, char *const *b)
{
	while (*a && *b && !strcmp(*a, *b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

static int add_command(struct profile_merge *merge, char *const *command, size_t n)
{
	char **copy;

	for (size_t i = 0; i < merge->n_commands; i++)
		if (same_words(merge->commands[i], command))
			return 0;
	if (grow__one(&merge->commands, &merge->commands_capacity, merge->n_commands, sizeof(char **)))
		return -ENOMEM;
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	merge->commands[merge->n_commands++] = copy;
	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(command[i]);
		if (!copy[i])
			return -ENOMEM;
	}
	return 0;
}

static int add_pids(struct profile_merge *merge, const struct profile *profile)
{
	int err = profile_processes__add(&merge->sum->processes, &profile->processes);

	for (size_t i = 0; !err && i < profile->n_pids; i++) {
		if (key_map__get(&merge->pids, (uint64_t)profile->pids[i], NULL))
			continue;
		err = key_map__set(&merge->pids, (uint64_t)profile->pids[i], 0);
		if (!err)
			err = profile__add_pid(merge->sum, profile->pids[i]);
	}
	return err;
}

static void add_cost(struct profile *sum, const struct profile *profile)
{
	const struct {
		uint64_t *sum, more;
	} figures[] = {
		{&sum->probe.sites, profile->probe.sites},
		{&sum->probe.hits, profile->probe.hits},
		{&sum->probe.missed, profile->probe.missed},
		{&sum->probe.overhead_ns, profile->probe.overhead_ns},
		{&sum->budget.spent_ns, profile->budget.spent_ns},
		{&sum->budget.target_ns, profile->budget.target_ns},
		{&sum->budget.windows, profile->budget.windows},
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		if (__builtin_add_overflow(*figures[i].sum, figures[i].more, figures[i].sum))
			*figures[i].sum = UINT64_MAX;
}

/* FIRST: nothing was merged before PROFILE. */
static void widen_budget(struct profile *sum, const struct profile *profile, bool first)
{
	const double limit = first ? profile->budget.percent : sum->budget.percent;

	sum->budget.percent = fmin(limit, profile->budget.percent) > 0 ? fmax(limit, profile->budget.percent) : 0;
	if (sum->budget.pause_ns < profile->budget.pause_ns)
		sum->budget.pause_ns = profile->budget.pause_ns;
}

/* The owners in the sum of the stacks of PROFILE, by number there. Owned by the caller; NULL when out of memory. */
static uint32_t *find_owners(const struct profile_merge *merge, const struct profile *profile)
{
	uint32_t *owners = calloc(profile->stacks->n_owners + 1, sizeof(*owners));

	for (size_t i = 0; owners && i < profile->stacks->n_owners; i++) {
		struct profile_owner owner = find_owner(merge, profile, profile->stacks->owners[i]);
		int64_t index = stacks__owner(merge->sum->stacks, &owner);

		if (index < 0) {
			free(owners);
			return NULL;
		}
		owners[i] = (uint32_t)index;
	}
	return owners;
}

static int add_stacks(struct profile_merge *merge, const struct profile *profile)
{
	struct profile *sum = merge->sum;
	uint32_t *owners;
	int err;

	if (!profile->stacks)
		return 0;
	merge->n_sampled++;
	if (!sum->stacks)
		sum->stacks = stacks__new();
	if (!sum->stacks)
		return -ENOMEM;
	if (merge->by)
		stacks__close_owners(sum->stacks);
	owners = merge->by ? find_owners(merge, profile) : NULL;
	err = owners || !merge->by ? stacks__merge(sum->stacks, profile->stacks, owners) : -ENOMEM;
	free(owners);
	return err;
}

int profile_merge__add(struct profile_merge *merge, const struct profile *profile, const char *name)
{
	struct profile *sum = merge->sum;
	int err = 0;

	if (merge->n_added && sum->clock != profile->clock)
		return -EINVAL;
	widen_budget(sum, profile, !merge->n_added++);
	sum->clock = profile->clock;
	if (sum->duration_ns < profile->duration_ns)
		sum->duration_ns = profile->duration_ns;
	add_cost(sum, profile);

	/*
	 * Processes of different profiles are different processes, even if their IDs are equal: forget the functions
	 * of earlier profiles, so that this one gets tables of its own.
	 */
	if (merge->by)
		key_map__clear(&merge->functions);
	for (size_t i = 0; !err && i < profile->n_functions; i++)
		err = add_function(merge, profile, name, &profile->functions[i]);
	for (size_t i = 0; !err && i < profile->n_notes; i++)
		err = profile__add_note(sum, "%s", profile->notes[i]);
	if (!err)
		err = add_stacks(merge, profile);
	if (!err && profile->n_command)
		err = add_command(merge, profile->command, profile->n_command);
	return err ? err : add_pids(merge, profile);
}

/* Sets the command of the sum to all commands, joined by ";". Returns 0 or -ENOMEM. */
static int join_commands(const struct profile_merge *merge)
{
	static char separator[] = ";";
	size_t n = 0;
	char **joined;
	int err;

	for (size_t i = 0; i < merge->n_commands; i++)
		for (char **word = merge->commands[i]; *word; word++)
			n++;
	joined = calloc(n + merge->n_commands + 1, sizeof(*joined));
	if (!joined)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < merge->n_commands; i++) {
		if (i)
			joined[n++] = separator;
		for (char **word = merge->commands[i]; *word; word++)
			joined[n++] = *word;
	}
	err = profile__set_command(merge->sum, joined);
	free(joined);
	return err;
}

struct profile *profile_merge__finish(struct profile_merge *merge)
{
	struct profile *sum = merge->sum;

	if (merge->n_commands && join_commands(merge))
		return NULL;
	if (merge->n_sampled && merge->n_sampled < merge->n_added &&
	    profile__add_note(sum,
			      "in %zu of the %zu merged profiles nothing was sampled: what is shown of calls and of "
			      "sampled functions is that of the others alone",
			      merge->n_added - merge->n_sampled, merge->n_added))
		return NULL;
	merge->sum = NULL;
	return sum;
}

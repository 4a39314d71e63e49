// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile_delta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/rough_count.h"
#include "profile/stacks.h"

static uint64_t less(uint64_t now, uint64_t sent)
{
	return now > sent ? now - sent : 0;
}

static bool same_function(const struct profile_function *a, const struct profile_function *b)
{
	/* The owner's name is not compared, because a process or thread can change its name. */
	return a->owner.pid == b->owner.pid && a->owner.tid == b->owner.tid && a->line == b->line &&
	       !strcmp(a->name, b->name) && !strcmp(a->linkage_name, b->linkage_name) && !strcmp(a->file, b->file) &&
	       !strcmp(a->object, b->object) && !strcmp(a->build_id, b->build_id);
}

/*
 * Finds FUNCTION in PROFILE; NULL if it is not there. All readings list their functions in the same order, so the
 * search starts at *hint, right after the function found last, and mostly ends there.
 */
static struct profile_function *find(const struct profile *profile, const struct profile_function *function,
				     size_t *hint)
{
	for (size_t i = 0; i < profile->n_functions; i++) {
		size_t at = (*hint + i) % profile->n_functions;

		if (!same_function(&profile->functions[at], function))
			continue;
		*hint = at + 1;
		return &profile->functions[at];
	}
	return NULL;
}

/* A copy of FUNCTION without its figures, appended to PROFILE; NULL when out of memory. */
static struct profile_function *add_like(struct profile *profile, const struct profile_function *function)
{
	struct profile_function *copy =
		profile__add_function(profile, function->name, function->linkage_name, function->file, function->line);

	if (!copy || profile_function__set_place(copy, function->object, function->build_id, function->files))
		return NULL;
	copy->last = function->last;
	copy->owner = function->owner;
	copy->uncounted = function->uncounted;
	copy->sampled_times = function->sampled_times;
	copy->estimated = function->estimated;
	return copy;
}

static struct profile_line line_delta(const struct profile_line *now, const struct profile_line *sent)
{
	struct profile_line delta = {
		.line = now->line,
		.file = now->file,
		.hits = less(now->hits, sent->hits),
		.hits_inexact = now->hits_inexact,
		.hits_uncertainty = rough_count__doubt_of_rise(now->hits, now->hits_uncertainty, sent->hits,
							       sent->hits_uncertainty),
		.time_ns = less(now->time_ns, sent->time_ns),
		.uncertainty_ns = less(now->uncertainty_ns, sent->uncertainty_ns),
		.blocked_ns = less(now->blocked_ns, sent->blocked_ns),
		.waiting_ns = less(now->waiting_ns, sent->waiting_ns),
	};

	/* Blocked time is a part of the time. Any excess is sent later, when the time has risen too. */
	if (delta.blocked_ns > delta.time_ns)
		delta.blocked_ns = delta.time_ns;
	return delta;
}

/* Adds to DELTA what the lines of NOW have beyond those of SENT, which may be NULL. */
static int add_lines(struct profile_function *delta, const struct profile_function *now,
		     const struct profile_function *sent)
{
	static const struct profile_line nothing;
	int err = 0;

	for (size_t i = 0; !err && i < now->n_lines; i++) {
		const struct profile_line *before = sent ? profile_function__find(sent, now, &now->lines[i]) : NULL;
		struct profile_line line = line_delta(&now->lines[i], before ? before : &nothing);

		err = profile_function__add_line_of(delta, now, &line);
	}
	return err;
}

static int add_function(struct profile *delta, const struct profile_function *now, const struct profile_function *sent)
{
	struct profile_function *function = add_like(delta, now);
	int err = function ? add_lines(function, now, sent) : -ENOMEM;

	if (err)
		return err;
	function->calls = less(now->calls, sent ? sent->calls : 0);
	function->calls_uncertainty = rough_count__doubt_of_rise(
		now->calls, now->calls_uncertainty, sent ? sent->calls : 0, sent ? sent->calls_uncertainty : 0);
	for (size_t i = 0; !err && i < now->n_notes; i++)
		err = profile_function__add_note(function, "%s", now->notes[i]);
	return err;
}

static int copy_description(struct profile *delta, const struct profile *now)
{
	int err = now->command ? profile__set_command(delta, now->command) : 0;

	for (size_t i = 0; !err && i < now->n_pids; i++)
		err = profile__add_pid(delta, now->pids[i]);
	if (!err)
		err = profile_processes__add(&delta->processes, &now->processes);
	for (size_t i = 0; !err && i < now->n_notes; i++)
		err = profile__add_note(delta, "%s", now->notes[i]);
	return err;
}

typedef int (*combination)(struct stacks *stacks, const struct stacks *other, const uint32_t *owners);

/* Adds or takes off the figures of OTHER; owners are the same in both. */
static int combine_stacks(struct stacks *stacks, const struct stacks *other, combination combine)
{
	uint32_t *owners = NULL;
	int err = stacks__owners(stacks, other, &owners);

	if (!err)
		err = combine(stacks, other, owners);
	free(owners);
	return err;
}

/* Adds the stacks of OTHER, if it has any, to those of PROFILE. */
static int add_stacks(struct profile *profile, const struct profile *other)
{
	if (!other->stacks)
		return 0;
	if (!profile->stacks)
		profile->stacks = stacks__new();
	return profile->stacks ? combine_stacks(profile->stacks, other->stacks, stacks__merge) : -ENOMEM;
}

static int fill(struct profile *delta, const struct profile *sent, const struct profile *now)
{
	size_t hint = 0;
	int err = copy_description(delta, now);

	delta->clock = now->clock;
	delta->duration_ns = less(now->duration_ns, sent->duration_ns);
	delta->probe.sites = now->probe.sites;
	delta->probe.hits = less(now->probe.hits, sent->probe.hits);
	delta->probe.missed = less(now->probe.missed, sent->probe.missed);
	delta->probe.overhead_ns = less(now->probe.overhead_ns, sent->probe.overhead_ns);
	delta->budget = now->budget;
	delta->budget.spent_ns = less(now->budget.spent_ns, sent->budget.spent_ns);
	delta->budget.target_ns = less(now->budget.target_ns, sent->budget.target_ns);
	delta->budget.windows = less(now->budget.windows, sent->budget.windows);
	for (size_t i = 0; !err && i < now->n_functions; i++)
		err = add_function(delta, &now->functions[i], find(sent, &now->functions[i], &hint));
	if (!err)
		err = add_stacks(delta, now);
	if (!err && delta->stacks && sent->stacks)
		err = combine_stacks(delta->stacks, sent->stacks, stacks__subtract);
	return err;
}

int profile_delta__since(const struct profile *sent, const struct profile *now, struct profile **out)
{
	static const struct profile nothing;
	struct profile *delta = profile__new();
	int err = delta ? fill(delta, sent ? sent : &nothing, now) : -ENOMEM;

	if (err)
		profile__free(delta);
	else
		*out = delta;
	return err;
}

int profile_delta__add(struct profile *sent, const struct profile *delta)
{
	size_t hint = 0;

	sent->duration_ns += delta->duration_ns;
	sent->probe.hits += delta->probe.hits;
	sent->probe.missed += delta->probe.missed;
	sent->probe.overhead_ns += delta->probe.overhead_ns;
	sent->budget.spent_ns += delta->budget.spent_ns;
	sent->budget.target_ns += delta->budget.target_ns;
	sent->budget.windows += delta->budget.windows;
	for (size_t i = 0; i < delta->n_functions; i++) {
		const struct profile_function *added = &delta->functions[i];
		struct profile_function *function = find(sent, added, &hint);
		int err = 0;

		if (!function)
			function = add_like(sent, added);
		if (!function)
			return -ENOMEM;
		function->calls += added->calls;
		function->calls_uncertainty =
			rough_count__doubt_of_sum(function->calls_uncertainty, added->calls_uncertainty);
		for (size_t l = 0; !err && l < added->n_lines; l++)
			err = profile_function__add_line_of(function, added, &added->lines[l]);
		if (err)
			return err;
	}
	return add_stacks(sent, delta);
}

bool profile_delta__is_empty(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_functions; i++) {
		const struct profile_function *function = &profile->functions[i];

		if (function->calls || function->time_ns)
			return false;
		for (size_t l = 0; l < function->n_lines; l++)
			if (function->lines[l].hits)
				return false;
	}
	return !profile->stacks || !stacks__total(profile->stacks).samples;
}

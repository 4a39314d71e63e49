// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/joint_profile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "profile/profile_merge.h"
#include "profile/stacks.h"
#include "run/phases.h"
#include "run/program.h"

/* Takes out of the PROFILE of a library what the profile of the program has too: the processes' time and stacks. */
static int leave_to_program(struct profile *profile)
{
	struct stacks *none = stacks__new();

	if (!none)
		return -ENOMEM;
	profile->probe.target_ns = 0;
	none->period_ns = profile->stacks ? profile->stacks->period_ns : 0;
	stacks__free(profile->stacks);
	profile->stacks = none;
	return 0;
}

/* A profile of one program, like that of the whole run. */
static int collect_one(struct program *program, const struct profile *like, struct profile **out)
{
	struct profile *profile = profile__new();
	int err = profile ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < program->n_all; i++)
		err = profile__add_pid(profile, program->all[i]);
	if (!err) {
		profile->clock = like->clock;
		profile->duration_ns = like->duration_ns;
		err = phases__collect(program->phases, profile);
	}
	if (err) {
		profile__free(profile);
		return err;
	}
	if (program->beside)
		err = leave_to_program(profile);
	*out = profile;
	return err;
}

static bool has_pid(const struct profile *profile, pid_t pid)
{
	for (size_t i = 0; i < profile->n_pids; i++)
		if (profile->pids[i] == pid)
			return true;
	return false;
}

/* Adds the first program to PROFILE. */
static int collect_first(const struct program *program, struct profile *profile)
{
	int err = phases__collect(program->phases, profile);

	for (size_t i = 0; !err && i < program->n_all; i++)
		if (!has_pid(profile, program->all[i]))
			err = profile__add_pid(profile, program->all[i]);
	return err;
}

/* Merges those of the N programs that have phases into *PROFILE. */
static int merge(struct program *const *programs, size_t n, enum profile_by by, struct profile **profile)
{
	struct profile_merge *merge = profile_merge__new(by);
	struct profile *sum, *one;
	int err = merge ? profile_merge__add(merge, *profile, "") : -ENOMEM;

	for (size_t i = 0; !err && i < n; i++) {
		if (!programs[i]->phases)
			continue;
		err = collect_one(programs[i], *profile, &one);
		if (!err) {
			err = profile_merge__add(merge, one, "");
			profile__free(one);
		}
	}
	sum = err ? NULL : profile_merge__finish(merge);
	profile_merge__free(merge);
	if (!sum)
		return err ? err : -ENOMEM;
	profile__free(*profile);
	*profile = sum;
	return 0;
}

int joint_profile__collect(struct program *const *programs, size_t n, enum profile_by by, struct profile **profile)
{
	size_t first = 0, n_more = 0;
	int err;

	while (first < n && !programs[first]->phases)
		first++;
	if (first == n)
		return 0;
	for (size_t i = first + 1; i < n; i++)
		n_more += programs[i]->phases != NULL;
	err = collect_first(programs[first], *profile);
	return err || !n_more ? err : merge(programs + first + 1, n - first - 1, by, profile);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/homes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "profile/stacks.h"
#include "target/process_cgroup.h"

int homes__look(struct profile_processes *homes, pid_t pid)
{
	char *cgroup = process_cgroup__read(pid);
	int err = cgroup ? profile_processes__set(homes, pid, cgroup) : 0;

	free(cgroup);
	return err;
}

static int look_once(struct profile_processes *homes, int pid)
{
	return !pid || profile_processes__cgroup(homes, pid) ? 0 : homes__look(homes, pid);
}

int homes__report(struct profile_processes *homes, struct profile *profile)
{
	const struct stacks *stacks = profile->stacks;
	int err = 0;

	for (size_t i = 0; !err && i < profile->n_pids; i++)
		err = look_once(homes, profile->pids[i]);
	for (size_t i = 0; !err && i < profile->n_functions; i++)
		err = look_once(homes, profile->functions[i].owner.pid);
	for (size_t i = 0; !err && stacks && i < stacks->n_owners; i++)
		err = look_once(homes, stacks->owners[i].pid);
	return err ? err : profile_processes__add(&profile->processes, homes);
}

char *homes__common(const pid_t *pids, size_t n)
{
	char *common = n ? process_cgroup__read(pids[0]) : NULL;

	for (size_t i = 1; common && i < n; i++) {
		char *other = process_cgroup__read(pids[i]);

		if (!other || strcmp(common, other) != 0) {
			free(common);
			common = NULL;
		}
		free(other);
	}
	return common;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile_processes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

void profile_processes__release(struct profile_processes *processes)
{
	for (size_t i = 0; i < processes->n; i++)
		free(processes->items[i].cgroup);
	free(processes->items);
	*processes = (struct profile_processes){0};
}

/* The index of the first process whose ID is not below PID. */
static size_t find(const struct profile_processes *processes, int pid)
{
	size_t first = 0, end = processes->n;

	/* Mostly they come in the order of their IDs. */
	if (end && processes->items[end - 1].pid < pid)
		return end;
	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (processes->items[middle].pid < pid)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static bool has(const struct profile_processes *processes, size_t i, int pid)
{
	return i < processes->n && processes->items[i].pid == pid;
}

int profile_processes__set(struct profile_processes *processes, int pid, const char *cgroup)
{
	size_t i = find(processes, pid);
	char *copy = strdup(cgroup);

	if (copy && has(processes, i, pid)) {
		free(processes->items[i].cgroup);
		processes->items[i].cgroup = copy;
		return 0;
	}
	if (!copy || grow__counted(&processes->items, processes->n, 1, sizeof(*processes->items))) {
		free(copy);
		return -ENOMEM;
	}
	memmove(processes->items + i + 1, processes->items + i, (processes->n - i) * sizeof(*processes->items));
	processes->items[i] = (struct profile_process){.pid = pid, .cgroup = copy};
	processes->n++;
	return 0;
}

int profile_processes__add(struct profile_processes *processes, const struct profile_processes *other)
{
	int err = 0;

	for (size_t i = 0; !err && i < other->n; i++)
		err = profile_processes__set(processes, other->items[i].pid, other->items[i].cgroup);
	return err;
}

const char *profile_processes__cgroup(const struct profile_processes *processes, int pid)
{
	size_t i = find(processes, pid);

	return has(processes, i, pid) ? processes->items[i].cgroup : NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/descent.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "target/process_stat.h"

struct process {
	pid_t pid, parent;
	bool root;
	bool descends; /* from a root, or it is one */
};

struct processes {
	struct process *items;
	size_t n, capacity;
};

/* 0: not known. */
static pid_t parent_of(pid_t pid)
{
	char parent[PROCESS_STAT_ROOM];

	return process_stat__read(pid, PROCESS_STAT_PARENT, parent) ? (pid_t)strtol(parent, NULL, 10) : 0;
}

static bool is_one_of(pid_t pid, const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static int read_processes(const pid_t *pids, size_t n, struct processes *processes)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	int err = proc ? 0 : -errno;

	while (!err && proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		bool root = is_one_of(pid, pids, n);

		if (pid <= 0)
			continue;
		err = grow__one(&processes->items, &processes->capacity, processes->n, sizeof(*processes->items));
		if (!err)
			processes->items[processes->n++] = (struct process){pid, parent_of(pid), root, root};
	}
	if (proc)
		closedir(proc);
	return err;
}

/* Marks the children of those that are marked. Whether there were any that were not yet. */
static bool mark_children(struct processes *processes)
{
	bool more = false;

	for (size_t i = 0; i < processes->n; i++) {
		struct process *child = &processes->items[i];

		for (size_t k = 0; !child->descends && k < processes->n; k++)
			if (processes->items[k].descends && processes->items[k].pid == child->parent)
				more = child->descends = true;
	}
	return more;
}

int descent__each(const pid_t *pids, size_t n, int (*fn)(pid_t pid, bool root, void *ctx), void *ctx)
{
	struct processes processes = {0};
	int err = read_processes(pids, n, &processes);

	while (!err && mark_children(&processes))
		;
	for (size_t i = 0; !err && i < processes.n; i++)
		if (processes.items[i].descends)
			err = fn(processes.items[i].pid, processes.items[i].root, ctx);
	free(processes.items);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/descent.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

struct process {
	pid_t pid, parent;
	bool root;
	bool descends; /* from a root, or it is one */
};

struct processes {
	struct process *items;
	size_t n, capacity;
};

/* In /proc/PID/stat, the parent follows the state, and that the name, which is in parentheses. 0: not known. */
static pid_t parent_of(pid_t pid)
{
	char path[32], line[512];
	const char *name_end = NULL;
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file))
		name_end = strrchr(line, ')');
	fclose(file);
	return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : 0;
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
	int err = 0;

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

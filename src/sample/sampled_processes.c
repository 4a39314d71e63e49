// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sampled_processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/grow.h"

#define COST 20 /* looking at a process in vain may take this part of the time */

void sampled_processes__restrict(struct sampled_processes *processes, const struct target_object *only)
{
	processes->restricted = true;
	processes->dev = only->dev;
	processes->ino = only->ino;
}

int sampled_processes__expect(struct sampled_processes *processes, const struct target_objects *objects)
{
	uint32_t index;
	int err = 0;

	for (size_t i = 0; err != -ENOMEM && i < objects->n; i++) {
		const struct target_object *object = &objects->items[i];
		const struct code_mapping mapping = {
			.name = object->name,
			.path = object->path,
			.files = object->files,
			.dev = object->dev,
			.ino = object->ino,
		};

		err = sampled_objects__find(&processes->objects, &mapping, &index);
	}
	return err == -ENOMEM ? err : 0;
}

struct sampled_process *sampled_processes__find(struct sampled_processes *processes, pid_t pid)
{
	const struct sampled_process fresh = {.pid = pid};

	for (size_t i = 0; i < processes->n; i++)
		if (processes->items[i].pid == pid)
			return &processes->items[i];
	if (grow__counted(&processes->items, processes->n, 1, sizeof(fresh)))
		return NULL;
	processes->items[processes->n] = fresh;
	return &processes->items[processes->n++];
}

/* Whether a mapping is of the only object that matters. */
static int is_only(const struct code_mapping *mapping, void *ctx)
{
	const struct sampled_processes *processes = ctx;

	return mapping->path && mapping->ino == processes->ino && mapping->dev == processes->dev;
}

/* Reads the mappings of PROCESS, if they matter. 0 or -errno. */
static int read_mappings(struct sampled_processes *processes, struct sampled_process *process)
{
	int found = processes->restricted ? process_code__each(process->pid, is_only, processes) : 1;

	if (found < 0)
		return found;
	process->ignored = !found;
	processes->found |= found;
	return found ? address_space__read(&process->space, process->pid, &processes->objects) : 0;
}

/* Notes how long it took to look at the process, whose space was BEFORE, which it releases. */
static void note_cost(struct sampled_process *process, struct address_space *before)
{
	uint64_t pause_ns = COST * (clock__monotonic_ns() - process->looked_ns);

	if (pause_ns > SAMPLED_PROCESSES_LATER_NS)
		pause_ns = SAMPLED_PROCESSES_LATER_NS;
	process->pause_ns = address_space__equal(&process->space, before) ? pause_ns : 0;
	address_space__release(before);
}

/* Whether nobody has this PID. A process whose first thread has ended has no mappings to read, but may still run. */
static bool is_gone(pid_t pid)
{
	return kill(pid, 0) && errno == ESRCH;
}

void sampled_processes__look(struct sampled_processes *processes, struct sampled_process *process,
			     struct sample_maps *maps, uint64_t oldest_ns)
{
	uint64_t now_ns = clock__monotonic_ns();
	uint64_t wait_ns = oldest_ns > process->pause_ns ? oldest_ns : process->pause_ns;
	struct address_space before = process->space;
	int err;

	if (process->looked_ns && now_ns - process->looked_ns < wait_ns)
		return;
	process->looked_ns = now_ns;
	process->space = (struct address_space){0};
	err = read_mappings(processes, process);
	process->ended = err == -ESRCH && is_gone(process->pid);
	if (err) {
		process->space = before;
		return;
	}
	note_cost(process, &before);
	if (process->ignored) {
		(void)sample_maps__ignore(maps, process->pid);
		return;
	}
	/* Without room for it, the process is sampled without the callers. */
	(void)sample_maps__set_space(maps, process->pid, &process->space, &processes->objects);
	if (processes->reader.ops)
		(void)processes->reader.ops->look(processes->reader.state, sample_maps__skeleton(maps), process->pid,
						  &process->space, &processes->objects);
}

void sampled_processes__look_again(struct sampled_processes *processes, struct sample_maps *maps)
{
	size_t kept = 0;

	for (size_t i = 0; i < processes->n; i++) {
		struct sampled_process *process = &processes->items[kept];

		*process = processes->items[i];
		if (process->ended) {
			sample_maps__forget(maps, process->pid);
			address_space__release(&process->space);
			continue;
		}
		sampled_processes__look(processes, process, maps, SAMPLED_PROCESSES_LATER_NS);
		kept++;
	}
	processes->n = kept;
}

void sampled_processes__restart(struct sampled_processes *processes)
{
	for (size_t i = 0; i < processes->n; i++) {
		processes->items[i].looked_ns = 0;
		processes->items[i].pause_ns = 0;
	}
}

void sampled_processes__look_at_all(struct sampled_processes *processes, struct sample_maps *maps)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct sampled_process *process = pid > 0 ? sampled_processes__find(processes, pid) : NULL;

		if (process)
			sampled_processes__look(processes, process, maps, CLOCK_NEVER);
	}
	if (proc)
		closedir(proc);
}

void sampled_processes__release(struct sampled_processes *processes)
{
	for (size_t i = 0; i < processes->n; i++)
		address_space__release(&processes->items[i].space);
	free(processes->items);
	sampled_objects__release(&processes->objects);
	*processes = (struct sampled_processes){0};
}

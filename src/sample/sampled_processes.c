// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sampled_processes.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

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

void sampled_processes__look(struct sampled_processes *processes, struct sampled_process *process,
			     struct sample_maps *maps, uint64_t oldest_ns)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (process->looked_ns && now_ns - process->looked_ns < oldest_ns)
		return;
	process->looked_ns = now_ns;
	if (address_space__read(&process->space, process->pid, &processes->objects))
		return;
	process->ignored = processes->restricted &&
			   !address_space__maps(&process->space, &processes->objects, processes->dev, processes->ino);
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

void sampled_processes__release(struct sampled_processes *processes)
{
	for (size_t i = 0; i < processes->n; i++)
		address_space__release(&processes->items[i].space);
	free(processes->items);
	sampled_objects__release(&processes->objects);
	*processes = (struct sampled_processes){0};
}

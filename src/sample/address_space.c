// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/address_space.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

struct reading {
	struct address_space space;
	struct sampled_objects *objects;
};

static int add_mapping(const struct code_mapping *code, void *ctx)
{
	struct space_mapping mapping = {.start = code->start, .end = code->end, .object = ADDRESS_SPACE_NO_OBJECT};
	struct reading *reading = ctx;
	uint32_t object;
	int err = sampled_objects__find(reading->objects, code, &object);

	if (err == -ENOMEM)
		return err;
	if (!err &&
	    !objfile__mapped_at(reading->objects->items[object].file, code->path ? code->offset : 0, &mapping.vaddr))
		mapping.object = object;
	err = grow__counted(&reading->space.mappings, reading->space.n, 1, sizeof(mapping));
	if (!err)
		reading->space.mappings[reading->space.n++] = mapping;
	return err;
}

int address_space__read(struct address_space *space, pid_t pid, struct sampled_objects *objects)
{
	struct reading reading = {.objects = objects};
	int err = process_code__each(pid, add_mapping, &reading);

	/* A process that ends has no mappings any more, but samples of it may still be waiting. */
	if (err || !reading.space.n) {
		address_space__release(&reading.space);
		return err ? err : -ESRCH;
	}
	address_space__release(space);
	*space = reading.space;
	return 0;
}

void address_space__release(struct address_space *space)
{
	free(space->mappings);
	*space = (struct address_space){0};
}

bool address_space__equal(const struct address_space *a, const struct address_space *b)
{
	size_t i = 0;

	while (i < a->n && i < b->n && a->mappings[i].start == b->mappings[i].start &&
	       a->mappings[i].end == b->mappings[i].end && a->mappings[i].vaddr == b->mappings[i].vaddr &&
	       a->mappings[i].object == b->mappings[i].object)
		i++;
	return i == a->n && i == b->n;
}

static int compare_address(const void *key, const void *item)
{
	const struct space_mapping *mapping = item;
	uint64_t addr = *(const uint64_t *)key;

	if (addr < mapping->start)
		return -1;
	return addr >= mapping->end;
}

const struct space_mapping *address_space__find(const struct address_space *space, uint64_t addr)
{
	return space->n ? bsearch(&addr, space->mappings, space->n, sizeof(*space->mappings), compare_address) : NULL;
}

struct sample_frame address_space__frame(const struct address_space *space, uint64_t addr)
{
	const struct space_mapping *mapping = address_space__find(space, addr);

	if (!mapping || mapping->object == ADDRESS_SPACE_NO_OBJECT)
		return (struct sample_frame){0, SAMPLE_UNKNOWN};
	return (struct sample_frame){addr - mapping->start + mapping->vaddr, mapping->object};
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the code of one inlined call ends and that of the next begins, the rows at the address are the one's or the
 * other's. Each call begins with a mark of the line that declares the function, and debug information names one such
 * mark for each instance. So the marks from there to the next declaration at the same address belong to that instance.
 * What no instance names is a copy: it belongs to the first that has it.
 */
#include "dwarf/mark_owners.h"

#include "base/key_map.h"

enum { VIEW_BITS = 12 };

static uint64_t mark_key(uint64_t addr, uint32_t view)
{
	return (addr << VIEW_BITS | (view & ((1U << VIEW_BITS) - 1))) + 1;
}

static int note_entries(const struct debug_function *function, struct key_map *entries)
{
	int err = 0;

	for (size_t i = 0; !err && i < function->n_instances; i++) {
		const struct debug_instance *instance = &function->instances[i];

		if (instance->entry_mark_known)
			err = key_map__set(entries, mark_key(instance->entry_mark, instance->entry_view), i);
	}
	return err;
}

/* Keeps of instance I the marks that are its own. OWNERS has those that were taken already. */
static int keep_own(struct debug_function *function, size_t i, const struct key_map *entries, struct key_map *owners)
{
	struct debug_instance *instance = &function->instances[i];
	uint64_t declared = 0; /* key of the declaration before, if that is at the same address */
	uint64_t addr = 0;
	size_t kept = 0;
	int err = 0;

	for (size_t k = 0; !err && k < instance->n_marks; k++) {
		struct debug_mark mark = instance->marks[k];
		uint64_t key = mark_key(mark.addr, mark.view);
		size_t owner = i;

		if (mark.addr != addr)
			declared = 0;
		addr = mark.addr;
		if (mark.line == function->line)
			declared = key;
		if (declared)
			key_map__get(entries, declared, &owner);
		if (owner != i || key_map__get(owners, key, NULL))
			continue;
		err = key_map__set(owners, key, i);
		instance->marks[kept++] = mark;
	}
	if (!err)
		instance->n_marks = kept;
	return err;
}

int mark_owners__settle(struct debug_function *function)
{
	struct key_map entries = {0}, owners = {0};
	int err = note_entries(function, &entries);

	for (size_t i = 0; !err && i < function->n_instances; i++)
		err = keep_own(function, i, &entries, &owners);
	key_map__clear(&entries);
	key_map__clear(&owners);
	return err;
}

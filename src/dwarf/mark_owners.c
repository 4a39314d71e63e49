// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the code of one inlined call ends and that of the next begins, the rows at the address are the one's or the
 * other's. Each call begins with a mark of the line that declares the function, and debug information names one such
 * mark for each instance. So the marks from there to the next declaration at the same address belong to that instance.
 * What no instance names is a copy: it belongs to the first that has it.
 *
 * Where the code of an inlined call ends, the next rows may be its caller's. The function's own lines end with the last
 * one that has code in any of its instances.
 */
#include "dwarf/mark_owners.h"

#include "base/key_map.h"
#include "dwarf/debug_places.h"

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

/* What is known of a function's marks while they are looked through. */
struct owners {
	struct key_map lines;	/* those that have code in some instance */
	uint32_t last_line;	/* the last of them in the function's file */
	struct key_map entries; /* of the marks that begin an instance: the instance */
	struct key_map taken;	/* of the marks that belong to an instance already: the instance */
};

static int note_lines(struct owners *owners, const struct debug_instance *instance)
{
	int err = 0;

	for (size_t k = 0; !err && k < instance->n_lines; k++) {
		uint32_t line = instance->lines[k].line;

		if (!line || instance->lines[k].quiet)
			continue;
		err = key_map__set(&owners->lines, line, 0);
		if (!(line & DEBUG_PLACE_OTHER) && line > owners->last_line)
			owners->last_line = line;
	}
	return err;
}

static bool is_below(const struct owners *owners, const struct debug_mark *mark)
{
	return !(mark->line & DEBUG_PLACE_OTHER) && mark->line > owners->last_line;
}

/* Keeps of instance I the marks that are its own. */
static int keep_own(struct debug_function *function, size_t i, struct owners *owners)
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
			key_map__get(&owners->entries, declared, &owner);
		if (owner != i || is_below(owners, &mark) || key_map__get(&owners->taken, key, NULL))
			continue;
		err = key_map__set(&owners->taken, key, i);
		mark.has_code = key_map__get(&owners->lines, mark.line, NULL);
		instance->marks[kept++] = mark;
	}
	if (!err)
		instance->n_marks = kept;
	return err;
}

int mark_owners__settle(struct debug_function *function)
{
	struct owners owners = {.last_line = 0};
	int err = note_entries(function, &owners.entries);

	for (size_t i = 0; !err && i < function->n_instances; i++)
		err = note_lines(&owners, &function->instances[i]);
	for (size_t i = 0; !err && i < function->n_instances; i++)
		err = keep_own(function, i, &owners);
	key_map__clear(&owners.lines);
	key_map__clear(&owners.entries);
	key_map__clear(&owners.taken);
	return err;
}

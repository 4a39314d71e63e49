// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/program_set.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/grow.h"

void program_set__release(struct program_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		program__free(set->items[i]);
	free(set->items);
	members__release(&set->members);
	*set = (struct program_set){0};
}

int program_set__add(struct program_set *set, struct program *program)
{
	int err = grow__counted(&set->items, set->n, 1, sizeof(struct program *));

	if (err)
		program__free(program);
	else
		set->items[set->n++] = program;
	return err;
}

/* How long counting may last that begins now; 0: as long as it likes. */
static uint64_t remaining_ns(const struct program_set *set)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (!set->ends_ns)
		return 0;
	return set->ends_ns > now_ns ? set->ends_ns - now_ns : 1;
}

int program_set__begin(struct program_set *set, struct program *program, const struct diag *diag)
{
	pid_t pid = program->first;
	int err = program_set__add(set, program);

	if (err)
		return err;
	err = program__begin_planned(program, remaining_ns(set), diag);
	if (!err)
		err = members__add(&set->members, pid, program);
	if (err) {
		program__free(program);
		set->n--;
	}
	return err;
}

bool program_set__has_room(const struct program_set *set, bool bare)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += bare == !set->items[i]->phases;
	return n < (bare ? MOST_BARE : MOST_PROGRAMS);
}

bool program_set__is_certain(const struct program_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i]->phases && phases__is_certain(set->items[i]->phases))
			return true;
	return false;
}

struct program *program_set__first(const struct program_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i]->phases)
			return set->items[i];
	return NULL;
}

struct program *program_set__find(const struct program_set *set, const struct program *like)
{
	for (size_t i = 0; i < set->n; i++) {
		struct program *program = set->items[i];

		if (!program->file && program->ino == like->ino && program->dev == like->dev &&
		    program->size == like->size)
			return program;
	}
	return NULL;
}

int program_set__join(struct program_set *set, struct program *program, pid_t pid)
{
	int err;

	if (members__has(&set->members, pid, program))
		return 0;
	err = program__adopt(program, pid);
	return err ? err : members__add(&set->members, pid, program);
}

int program_set__join_parent(struct program_set *set, pid_t pid, pid_t parent)
{
	struct program *found[MOST_PROGRAMS + 1];
	size_t n = members__of(&set->members, parent, found, sizeof(found) / sizeof(*found));
	int err = n ? 0 : -ESRCH;

	for (size_t i = 0; !err && i < n; i++)
		err = program_set__join(set, found[i], pid);
	return err;
}

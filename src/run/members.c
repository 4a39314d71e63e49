// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/members.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "target/process_stat.h"

struct member {
	pid_t pid;
	struct program *program;
	bool ended; /* at the last look */
};

void members__release(struct members *members)
{
	free(members->items);
	*members = (struct members){0};
}

int members__add(struct members *members, pid_t pid, struct program *program)
{
	if (grow__one(&members->items, &members->capacity, members->n, sizeof(struct member)))
		return -ENOMEM;
	members->items[members->n++] = (struct member){.pid = pid, .program = program};
	return 0;
}

bool members__has(const struct members *members, pid_t pid, const struct program *program)
{
	for (size_t i = 0; i < members->n; i++)
		if (members->items[i].pid == pid && members->items[i].program == program)
			return true;
	return false;
}

void members__drop(struct members *members, pid_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < members->n; i++)
		if (members->items[i].pid != pid)
			members->items[n++] = members->items[i];
	members->n = n;
}

size_t members__of(const struct members *members, pid_t pid, struct program **programs, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < members->n && n < room; i++)
		if (members->items[i].pid == pid)
			programs[n++] = members->items[i].program;
	return n;
}

void members__forget_ended(struct members *members)
{
	size_t n = 0;

	for (size_t i = 0; i < members->n; i++) {
		struct member member = members->items[i];

		if (member.ended)
			continue;
		member.ended = process_stat__has_ended(member.pid);
		members->items[n++] = member;
	}
	members->n = n;
}

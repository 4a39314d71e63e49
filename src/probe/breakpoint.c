// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/breakpoint.h"

#include <sys/stat.h>

#include "base/maps.h"
#include "base/process_memory.h"

#define CODE 0xcc

struct search {
	ino_t ino;
	uint64_t offset, found;
	bool all;   /* all mappings are looked at, not only those up to the first that is found */
	size_t n;   /* how many were found */
	bool plain; /* none of them is writable or shared */
};

static int look_at(struct mapping *mapping, void *ctx)
{
	struct search *search = ctx;
	uint64_t at = search->offset - mapping->offset;

	if (!mapping->exec || mapping->ino != search->ino || search->offset < mapping->offset ||
	    at >= mapping->hi - mapping->lo)
		return 0;
	search->found = search->n++ ? search->found : mapping->lo + at;
	search->plain &= !mapping->writable && !mapping->shared;
	return !search->all;
}

static struct search look_for(pid_t pid, int object_fd, uint64_t offset, bool all)
{
	struct search search = {.offset = offset, .all = all, .plain = true};
	struct stat st;

	if (!fstat(object_fd, &st)) {
		search.ino = st.st_ino;
		(void)maps__each(pid, look_at, &search);
	}
	return search;
}

uint64_t breakpoint__address(pid_t pid, int object_fd, uint64_t offset)
{
	return look_for(pid, object_fd, offset, false).found;
}

uint64_t breakpoint__only_address(pid_t pid, int object_fd, uint64_t offset)
{
	struct search search = look_for(pid, object_fd, offset, true);

	return search.n == 1 && search.plain ? search.found : 0;
}

bool breakpoint__is_at(pid_t pid, uint64_t address)
{
	uint8_t code = 0;

	return process_memory__read(pid, address, &code, 1) == 1 && code == CODE;
}

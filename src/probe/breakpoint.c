// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/breakpoint.h"

#include <sys/stat.h>

#include "base/maps.h"
#include "base/process_memory.h"

#define CODE 0xcc

struct search {
	ino_t ino;
	uint64_t offset, found;
};

static int look_at(struct mapping *mapping, void *ctx)
{
	struct search *search = ctx;
	uint64_t at = search->offset - mapping->offset;

	if (!mapping->exec || mapping->ino != search->ino || search->offset < mapping->offset ||
	    at >= mapping->hi - mapping->lo)
		return 0;
	search->found = mapping->lo + at;
	return 1;
}

uint64_t breakpoint__address(pid_t pid, int object_fd, uint64_t offset)
{
	struct search search = {.offset = offset};
	struct stat st;

	if (fstat(object_fd, &st))
		return 0;
	search.ino = st.st_ino;
	(void)maps__each(pid, look_at, &search);
	return search.found;
}

bool breakpoint__is_at(pid_t pid, uint64_t address)
{
	uint8_t code = 0;

	return process_memory__read(pid, address, &code, 1) == 1 && code == CODE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapped.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "grow.h"
#include "maps.h"

#define BREAKPOINT 0xcc

struct segment {
	uintptr_t addr;
	uint64_t offset, size; /* in the file */
};

struct mapped {
	pid_t pid;
	unsigned long long dev, ino;
	struct segment *segments;
	size_t n, capacity;
};

static int add_segment(struct mapping *mapping, void *ctx)
{
	struct mapped *mapped = ctx;
	char link[MAPS_LINK_SIZE];
	struct stat st;

	if (!mapping->exec || !mapping->ino)
		return 0;
	maps__link(mapped->pid, mapping, link);
	if (stat(link, &st) || st.st_dev != mapped->dev || st.st_ino != mapped->ino)
		return 0;
	if (grow__one(&mapped->segments, &mapped->capacity, mapped->n, sizeof(*mapped->segments)))
		return -ENOMEM;
	mapped->segments[mapped->n++] = (struct segment){mapping->lo, mapping->offset, mapping->hi - mapping->lo};
	return 0;
}

int mapped__open(pid_t pid, unsigned long long dev, unsigned long long ino, struct mapped **out)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));
	int err;

	if (!mapped)
		return -ENOMEM;
	mapped->pid = pid;
	mapped->dev = dev;
	mapped->ino = ino;
	err = maps__each(pid, add_segment, mapped);
	if (err) {
		mapped__close(mapped);
		return err;
	}
	*out = mapped;
	return 0;
}

static bool same_in_segment(const struct mapped *mapped, const struct segment *segment, uint64_t offset,
			    const uint8_t *bytes, size_t len)
{
	uint8_t chunk[4096];

	for (size_t done = 0; done < len;) {
		size_t part = len - done < sizeof(chunk) ? len - done : sizeof(chunk);
		struct iovec to = {chunk, part};
		/* An address in the other process. NOLINTNEXTLINE(performance-no-int-to-ptr) */
		struct iovec from = {(void *)(segment->addr + (offset - segment->offset) + done), part};

		/* Unlike /proc/PID/mem it asks for the right to trace only, not for the file's permissions. */
		if (process_vm_readv(mapped->pid, &to, 1, &from, 1, 0) != (ssize_t)part)
			return false;
		for (size_t i = 0; i < part; i++)
			if (chunk[i] != bytes[done + i] && chunk[i] != BREAKPOINT)
				return false;
		done += part;
	}
	return true;
}

bool mapped__same(const struct mapped *mapped, uint64_t offset, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < mapped->n; i++) {
		const struct segment *segment = &mapped->segments[i];

		uint64_t lo = offset > segment->offset ? offset : segment->offset;
		uint64_t hi = segment->offset + segment->size;

		if (offset + len < hi)
			hi = offset + len;
		/* A change of protection splits a mapping: a range may lie in several. */
		if (lo < hi && !same_in_segment(mapped, segment, lo, bytes + (lo - offset), hi - lo))
			return false;
	}
	return true;
}

void mapped__close(struct mapped *mapped)
{
	if (!mapped)
		return;
	free(mapped->segments);
	free(mapped);
}

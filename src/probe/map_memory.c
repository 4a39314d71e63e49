// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/map_memory.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>

static size_t size_of(const struct bpf_map *map)
{
	return (size_t)bpf_map__max_entries(map) * bpf_map__value_size(map);
}

int map_memory__open(const struct bpf_map *map, void **out)
{
	void *memory = mmap(NULL, size_of(map), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (memory == MAP_FAILED)
		return -errno;
	*out = memory;
	return 0;
}

void map_memory__close(const struct bpf_map *map, void *memory)
{
	if (memory)
		munmap(memory, size_of(map));
}

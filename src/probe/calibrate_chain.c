// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibrate_chain.h"

#include <errno.h>
#include <link.h>

struct segment {
	uintptr_t address;  /* an address in the segment that is looked for */
	intptr_t to_offset; /* added to an address in the segment, it makes the file offset */
};

static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	struct segment *segment = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD || segment->address - start >= header->p_filesz)
			continue;
		segment->to_offset = (intptr_t)(header->p_offset - start);
		return 1;
	}
	return 0;
}

int calibrate_chain__offset(const uint8_t *code, uint64_t *offset)
{
	struct segment segment = {.address = (uintptr_t)code};

	if (!dl_iterate_phdr(find_segment, &segment))
		return -ENOENT;
	*offset = (uint64_t)((intptr_t)code + segment.to_offset);
	return 0;
}

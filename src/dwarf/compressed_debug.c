// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/compressed_debug.h"

#include <gelf.h>
#include <string.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

/* The next section of debug information behind SECTION that is compressed, or NULL. */
static Elf_Scn *next_compressed(Elf *elf, Elf_Scn *section)
{
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (name && (header->sh_flags & SHF_COMPRESSED) && strncmp(name, ".debug_", strlen(".debug_")) == 0)
			break;
	}
	return section;
}

bool compressed_debug__is_left(Elf *elf)
{
	return next_compressed(elf, NULL) != NULL;
}

bool compressed_debug__is_zstd(Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Chdr header;

	while ((section = next_compressed(elf, section)))
		if (gelf_getchdr(section, &header) && header.ch_type == ELFCOMPRESS_ZSTD)
			return true;
	return false;
}

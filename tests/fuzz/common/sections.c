// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How libFuzzer changes ELF files: mostly inside of one section, whose size stays the same, because a file whose headers
 * are damaged is refused before anything else of it is read. Other inputs are changed as always.
 */
#include <elf.h>
#include <string.h>

#include "fuzz/common/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The section header number I of the file, or zeros. */
static Elf64_Shdr section_of(const uint8_t *data, size_t size, const Elf64_Ehdr *header, unsigned i)
{
	Elf64_Shdr section = {0};
	uint64_t at = header->e_shoff + (uint64_t)i * sizeof(section);

	if (header->e_shoff <= size && at <= size && size - at >= sizeof(section))
		memcpy(&section, data + at, sizeof(section));
	if (section.sh_type == SHT_NOBITS || section.sh_offset > size || section.sh_size > size - section.sh_offset)
		section.sh_size = 0;
	return section;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	Elf64_Shdr section;
	Elf64_Ehdr header;
	uint8_t *bytes;

	if (size < sizeof(header) || memcmp(data, ELFMAG, SELFMAG) != 0 || seed % 16 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (seed % 16 == 1) {
		data[EI_PAD] = (uint8_t)(seed >> 8);
		return size;
	}
	memcpy(&header, data, sizeof(header));
	section = section_of(data, size, &header, header.e_shnum ? seed / 16 % header.e_shnum : 0);
	if (!section.sh_size)
		return LLVMFuzzerMutate(data, size, size);
	bytes = malloc(section.sh_size);
	fuzz__assert(bytes);
	memcpy(bytes, data + section.sh_offset, section.sh_size);
	/* What it leaves out at the end stays as it was. */
	memcpy(data + section.sh_offset, bytes, LLVMFuzzerMutate(bytes, section.sh_size, section.sh_size));
	free(bytes);
	return size;
}

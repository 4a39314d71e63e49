// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A frame description entry (FDE) names the code that it describes. It refers to a common information entry
 * (CIE), whose augmentation string says with one letter each what else the two hold: 'z' how much of that there is,
 * 'R' how the addresses of the code are stored, 'L' that the FDE names a language-specific data area, and so on. A
 * DW_EH_PE byte says how each number is stored. Sections of both names are alike in what dwarf_next_cfi() leaves.
 *
 * Free Pascal 3.2 refers to the CIE with eight bytes where four belong, so that its entries are found at addresses that
 * do not exist. Nothing is lost: they leave out the pushes that functions begin with.
 */
#include "elf/frame_entries.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stddef.h>
#include <string.h>

#include "elf/byte_cursor.h"

/* A section of call frame information. */
struct section {
	const unsigned char *ident;
	Elf_Data *data;
	uint64_t vaddr;
	bool eh_frame;
};

static void parse_augmentation(const Dwarf_CIE *entry, struct frame_cie *cie)
{
	const char *letter = entry->augmentation;
	struct byte_cursor cursor = {.p = entry->augmentation_data};

	cie->lsda_encoding = DW_EH_PE_omit;
	cie->fde_encoding = DW_EH_PE_absptr;
	cie->understood = *letter == '\0';
	if (!cursor.p || *letter != 'z')
		return;
	cie->sized = cie->understood = true;
	cursor.end = cursor.p + entry->augmentation_data_size;
	for (letter++; *letter && !cursor.failed; letter++) {
		if (*letter == 'L') {
			cie->lsda_encoding = (uint8_t)byte_cursor__fixed(&cursor, 1);
		} else if (*letter == 'R') {
			cie->fde_encoding = (uint8_t)byte_cursor__fixed(&cursor, 1);
		} else if (*letter == 'P') {
			uint8_t encoding = (uint8_t)byte_cursor__fixed(&cursor, 1);

			byte_cursor__number(&cursor, encoding);
		} else if (*letter != 'S' && *letter != 'B') {
			return;
		}
	}
}

/* The CIE at OFFSET, read anew unless it is the one already in CIE. */
static bool load_cie(const struct section *section, uint64_t offset, struct frame_cie *cie)
{
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;

	if (cie->offset == offset)
		return true;
	if (dwarf_next_cfi(section->ident, section->data, section->eh_frame, offset, &next, &entry) != 0 ||
	    !dwarf_cfi_cie_p(&entry))
		return false;
	*cie = (struct frame_cie){.offset = offset,
				  .code_alignment = entry.cie.code_alignment_factor,
				  .data_alignment = entry.cie.data_alignment_factor,
				  .return_register = entry.cie.return_address_register,
				  .program = entry.cie.initial_instructions,
				  .program_end = entry.cie.initial_instructions_end};
	parse_augmentation(&entry.cie, cie);
	return true;
}

/* Whether FDE could be read. */
static bool parse_entry(const struct section *section, const Dwarf_FDE *fde, const struct frame_cie *cie,
			struct frame_entry *entry)
{
	const uint8_t *begin = section->data->d_buf, *end = begin + section->data->d_size;
	struct byte_cursor cursor = {.p = fde->start, .end = fde->end};
	uint64_t length;

	if (!cie->understood || fde->start < begin || fde->end > end || fde->start > fde->end)
		return false;
	cursor.vaddr = section->vaddr + (uint64_t)(fde->start - begin);
	entry->lo = byte_cursor__pointer(&cursor, cie->fde_encoding);
	entry->hi = entry->lo + byte_cursor__number(&cursor, cie->fde_encoding);
	length = cie->sized ? byte_cursor__leb128(&cursor, false) : 0;
	if (cursor.failed || length > (size_t)(cursor.end - cursor.p) || entry->hi <= entry->lo)
		return false;
	entry->program = cursor.p + length;
	entry->program_end = fde->end;
	entry->program_vaddr = cursor.vaddr + length;
	entry->lsda = 0;
	if (cie->lsda_encoding != DW_EH_PE_omit)
		entry->lsda = byte_cursor__pointer(&cursor, cie->lsda_encoding);
	if (cursor.failed)
		entry->lsda = 0;
	return true;
}

/* Finds the section called NAME, and whether it has contents. */
static bool find_section(Elf *elf, const char *name, struct section *out)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);
		const char *found = header ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (!found || strcmp(found, name) != 0 || header->sh_type == SHT_NOBITS)
			continue;
		/* One that cannot be decompressed has contents that dwarf_next_cfi() does not take for entries. */
		if (header->sh_flags & SHF_COMPRESSED)
			(void)elf_compress(section, 0, 0);
		out->data = elf_getdata(section, NULL);
		out->vaddr = header->sh_addr;
		if (out->data && out->data->d_buf)
			return true;
	}
	return false;
}

/* Whether an empty entry is at OFFSET, which pads what comes from one file. At the end of .eh_frame is one as well. */
static bool is_empty(const Elf_Data *data, uint64_t offset)
{
	static const uint8_t length[4] = {0};

	return data->d_size - offset >= sizeof(length) &&
	       memcmp((const uint8_t *)data->d_buf + offset, length, sizeof(length)) == 0;
}

int frame_entries__each(Elf *elf, bool debug,
			int (*fn)(const struct frame_entry *entry, const struct frame_cie *cie, void *ctx), void *ctx)
{
	struct section section = {.ident = (const unsigned char *)elf_getident(elf, NULL), .eh_frame = !debug};
	struct frame_cie cie = {.offset = UINT64_MAX};
	Dwarf_Off offset = 0;

	if (!section.ident || !find_section(elf, debug ? ".debug_frame" : ".eh_frame", &section))
		return 0;
	while (offset < section.data->d_size) {
		Dwarf_CFI_Entry item;
		struct frame_entry entry;
		Dwarf_Off next = offset;
		int result;

		if (is_empty(section.data, offset)) {
			offset += 4;
			continue;
		}
		result = dwarf_next_cfi(section.ident, section.data, section.eh_frame, offset, &next, &item);
		/* Nothing after a damaged entry can be trusted, what came before it can. */
		if (result > 0 || next <= offset)
			break;
		offset = next;
		if (result < 0 || dwarf_cfi_cie_p(&item) || !load_cie(&section, item.fde.CIE_pointer, &cie) ||
		    !parse_entry(&section, &item.fde, &cie, &entry))
			continue;
		result = fn(&entry, &cie, ctx);
		if (result)
			return result;
	}
	return 0;
}

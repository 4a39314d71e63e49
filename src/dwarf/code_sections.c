// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/code_sections.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

#define PAGE 4096

static int add(struct code_sections *sections, uint64_t lo, uint64_t size, enum code_kind kind, const Elf_Data *data)
{
	struct code_section section = {.lo = lo, .hi = lo + size, .kind = kind};
	int err;

	if (section.hi <= lo || lo < sections->base)
		return 0;
	if (data && data->d_buf && data->d_size >= size)
		section.bytes = data->d_buf;
	err = grow__one(&sections->items, &sections->capacity, sections->n, sizeof(section));
	if (!err)
		sections->items[sections->n++] = section;
	return err;
}

/*
 * With "jmp *; push; jmp", an entry has pushed at its byte 11. With "endbr64; push; jmp", it has at 9, and what
 * functions are called through is in another section.
 */
static int16_t find_push(const struct code_section *section)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

	if (section->bytes && section->hi - section->lo >= 32 &&
	    memcmp(section->bytes + 16, endbr64, sizeof(endbr64)) == 0)
		return 9;
	return 11;
}

static enum code_kind kind_of(const char *name)
{
	static const char *const stubs[] = {".plt.got", ".plt.sec", ".plt.bnd", ".iplt"};

	if (strcmp(name, ".plt") == 0)
		return CODE_PLT;
	for (size_t i = 0; i < sizeof(stubs) / sizeof(*stubs); i++)
		if (strcmp(name, stubs[i]) == 0)
			return CODE_STUBS;
	return CODE_FUNCTIONS;
}

static int find_sections(Elf *elf, struct code_sections *sections)
{
	Elf_Scn *section = NULL;
	size_t names;
	int err = 0;

	if (elf_getshdrstrndx(elf, &names))
		return 0;
	while (!err && (section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;
		const uint64_t wanted = SHF_ALLOC | SHF_EXECINSTR;

		if (header && (header->sh_flags & wanted) == wanted && header->sh_type != SHT_NOBITS)
			err = add(sections, header->sh_addr, header->sh_size, kind_of(name ? name : ""),
				  elf_rawdata(section, NULL));
	}
	return err;
}

static int find_segments(Elf *elf, struct code_sections *sections)
{
	GElf_Phdr header;
	int err = 0;

	for (int i = 0; !err && gelf_getphdr(elf, i, &header); i++) {
		if (header.p_type != PT_LOAD || !(header.p_flags & PF_X))
			continue;
		err = add(sections, header.p_vaddr, header.p_filesz, CODE_FUNCTIONS,
			  elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_BYTE));
	}
	return err;
}

static int compare_sections(const void *a, const void *b)
{
	const struct code_section *left = a, *right = b;

	return (left->lo > right->lo) - (left->lo < right->lo);
}

/* Sections of a damaged file may overlap. */
static void separate(struct code_sections *sections)
{
	size_t n = 0;

	if (sections->n)
		qsort(sections->items, sections->n, sizeof(*sections->items), compare_sections);
	for (size_t i = 0; i < sections->n; i++)
		if (!n || sections->items[i].lo >= sections->items[n - 1].hi)
			sections->items[n++] = sections->items[i];
	sections->n = n;
}

int code_sections__find(Elf *elf, struct code_sections *sections)
{
	const Elf64_Ehdr *header = elf64_getehdr(elf);
	GElf_Phdr segment = {.p_type = PT_NULL};
	int err;

	*sections = (struct code_sections){.n = 0};
	if (!header || header->e_machine != EM_X86_64)
		return -EINVAL;
	for (int i = 0; segment.p_type != PT_LOAD; i++)
		if (!gelf_getphdr(elf, i, &segment))
			return -EINVAL;
	sections->base = segment.p_vaddr & ~(uint64_t)(PAGE - 1);
	err = find_sections(elf, sections);
	if (!err && !sections->n)
		err = find_segments(elf, sections);
	separate(sections);
	for (size_t i = 0; i < sections->n; i++)
		if (sections->items[i].kind == CODE_PLT)
			sections->items[i].pushes_at = find_push(&sections->items[i]);
	return err;
}

void code_sections__release(struct code_sections *sections)
{
	free(sections->items);
	*sections = (struct code_sections){.n = 0};
}

/* How long the instruction at P that does nothing is, or 0 when it is another one; N bytes can be read. */
static size_t length_of_nothing(const uint8_t *p, size_t n)
{
	size_t at = 0, length;

	if (*p == 0 || *p == 0xcc) /* what lies between sections; int3 */
		return 1;
	while (at < n && (p[at] == 0x66 || p[at] == 0x2e || p[at] == 0x48))
		at++;
	if (at < n && p[at] == 0x90)
		return at + 1;
	if (at + 3 > n || p[at] != 0x0f || p[at + 1] != 0x1f)
		return 0;
	/* "nop" with an operand: which one, its ModRM byte says. */
	length = at + 3 + ((p[at + 2] & 7) == 4) + (p[at + 2] >> 6 == 1 ? 1 : p[at + 2] >> 6 == 2 ? 4 : 0);
	return length <= n ? length : 0;
}

uint64_t code_section__skip_padding(const struct code_section *section, uint64_t lo, uint64_t hi)
{
	while (section->bytes && lo < hi) {
		size_t length = length_of_nothing(section->bytes + (lo - section->lo), hi - lo);

		if (!length)
			break;
		lo += length;
	}
	return lo;
}

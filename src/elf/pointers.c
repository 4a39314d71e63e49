// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/pointers.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sort.h"
#include "base/sorted.h"

#ifndef SHT_RELR
#define SHT_RELR 19
#endif

struct addresses {
	uint64_t *items; /* sorted */
	size_t n, capacity;
};

struct pointers {
	struct addresses values;
	struct addresses patched; /* where relocations change code */
};

/* Adds ADDRESS to LIST if it is one of code. */
static int add_code(struct addresses *list, const struct objfile *obj, uint64_t address)
{
	int err;

	if (!objfile__is_code(obj, address))
		return 0;
	err = grow__one(&list->items, &list->capacity, list->n, sizeof(address));
	if (!err)
		list->items[list->n++] = address;
	return err;
}

static int add_word_at(struct pointers *pointers, const struct objfile *obj, uint64_t vaddr)
{
	const uint8_t *bytes = objfile__bytes(obj, vaddr, sizeof(uint64_t));
	uint64_t value;

	if (!bytes)
		return 0;
	memcpy(&value, bytes, sizeof(value));
	return add_code(&pointers->values, obj, value);
}

/* SHT_RELR: an even word is the address of a pointer, an odd one tells by its bits which of the next 63 words are. */
static int add_relr(struct pointers *pointers, const struct objfile *obj, const Elf_Data *data)
{
	uint64_t where = 0, word;

	for (size_t at = 0; at + sizeof(word) <= data->d_size; at += sizeof(word)) {
		int err = 0;

		memcpy(&word, (const uint8_t *)data->d_buf + at, sizeof(word));
		if (!(word & 1)) {
			err = add_word_at(pointers, obj, word);
			where = word + sizeof(uint64_t);
		} else {
			for (unsigned bit = 1; bit < 64 && !err; bit++)
				if (word >> bit & 1)
					err = add_word_at(pointers, obj, where + (bit - 1) * sizeof(uint64_t));
			where += 63 * sizeof(uint64_t);
		}
		if (err)
			return err;
	}
	return 0;
}

static int add_relocations(struct pointers *pointers, const struct objfile *obj, Elf_Scn *section)
{
	GElf_Rela relocation;
	GElf_Shdr header;
	Elf_Data *data;
	int err = 0;

	if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC) ||
	    (header.sh_type != SHT_RELA && header.sh_type != SHT_RELR))
		return 0;
	data = elf_getdata(section, NULL);
	if (!data || !data->d_buf)
		return 0;
	if (header.sh_type == SHT_RELR)
		return add_relr(pointers, obj, data);
	for (int i = 0; !err && gelf_getrela(data, i, &relocation); i++) {
		err = add_code(&pointers->patched, obj, relocation.r_offset);
		if (!err && ELF64_R_TYPE(relocation.r_info) == R_X86_64_RELATIVE)
			err = add_code(&pointers->values, obj, (uint64_t)relocation.r_addend);
	}
	return err;
}

/* An object linked at a fixed address needs no relocations: any aligned word outside its code may be a pointer. */
static int add_data_words(struct pointers *pointers, const struct objfile *obj)
{
	GElf_Phdr segment;
	int err = 0;

	for (int i = 0; !err && gelf_getphdr(objfile__elf(obj), i, &segment); i++) {
		uint64_t skew = -segment.p_vaddr & 7;

		if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X))
			continue;
		if (!objfile__bytes(obj, segment.p_vaddr, segment.p_filesz))
			continue;
		for (uint64_t at = skew; at + 8 <= segment.p_filesz && !err; at += 8)
			err = add_word_at(pointers, obj, segment.p_vaddr + at);
	}
	return err;
}

static int read_pointers(struct pointers *pointers, const struct objfile *obj)
{
	Elf *elf = objfile__elf(obj);
	Elf_Scn *section = NULL;
	GElf_Ehdr header;
	int err = 0;

	while (!err && (section = elf_nextscn(elf, section)))
		err = add_relocations(pointers, obj, section);
	if (!err && gelf_getehdr(elf, &header) && header.e_type == ET_EXEC)
		err = add_data_words(pointers, obj);
	sort__u64(pointers->values.items, pointers->values.n);
	sort__u64(pointers->patched.items, pointers->patched.n);
	return err;
}

int pointers__new(const struct objfile *obj, struct pointers **out)
{
	struct pointers *pointers = calloc(1, sizeof(*pointers));
	int err = pointers ? read_pointers(pointers, obj) : -ENOMEM;

	if (err) {
		pointers__free(pointers);
		return err;
	}
	*out = pointers;
	return 0;
}

void pointers__free(struct pointers *pointers)
{
	if (!pointers)
		return;
	free(pointers->values.items);
	free(pointers->patched.items);
	free(pointers);
}

int pointers__each(const struct pointers *pointers, uint64_t lo, uint64_t hi, int (*fn)(uint64_t vaddr, void *ctx),
		   void *ctx)
{
	const struct addresses *list = &pointers->values;
	size_t first = sorted__from(list->items, list->n, SORTED_U64, lo);
	int result = 0;

	for (size_t i = first; !result && i < list->n && list->items[i] < hi; i++)
		if (i == first || list->items[i] != list->items[i - 1])
			result = fn(list->items[i], ctx);
	return result;
}

bool pointers__patch(const struct pointers *pointers, uint64_t lo, uint64_t hi)
{
	/* A relocation changes up to eight bytes. */
	const uint64_t longest = sizeof(uint64_t) - 1;
	const struct addresses *list = &pointers->patched;
	size_t first = sorted__from(list->items, list->n, SORTED_U64, lo > longest ? lo - longest : 0);

	return first < list->n && list->items[first] < hi;
}

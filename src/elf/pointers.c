// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/pointers.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sort.h"

#ifndef SHT_RELR
#define SHT_RELR 19
#endif

struct pointers {
	uint64_t *items; /* sorted */
	size_t n, capacity;
};

static int add_pointer(struct pointers *pointers, const struct objfile *obj, uint64_t value)
{
	int err;

	if (!objfile__is_code(obj, value))
		return 0;
	err = grow__one(&pointers->items, &pointers->capacity, pointers->n, sizeof(value));
	if (!err)
		pointers->items[pointers->n++] = value;
	return err;
}

static int add_word_at(struct pointers *pointers, const struct objfile *obj, uint64_t vaddr)
{
	const uint8_t *bytes = objfile__bytes(obj, vaddr, sizeof(uint64_t));
	uint64_t value;

	if (!bytes)
		return 0;
	memcpy(&value, bytes, sizeof(value));
	return add_pointer(pointers, obj, value);
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
	for (int i = 0; !err && gelf_getrela(data, i, &relocation); i++)
		if (ELF64_R_TYPE(relocation.r_info) == R_X86_64_RELATIVE)
			err = add_pointer(pointers, obj, (uint64_t)relocation.r_addend);
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
	sort__u64(pointers->items, pointers->n);
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
	free(pointers->items);
	free(pointers);
}

int pointers__each(const struct pointers *pointers, uint64_t lo, uint64_t hi, int (*fn)(uint64_t vaddr, void *ctx),
		   void *ctx)
{
	size_t first = 0;
	size_t end = pointers->n;
	int result = 0;

	while (first < end) {
		size_t mid = first + (end - first) / 2;

		if (pointers->items[mid] < lo)
			first = mid + 1;
		else
			end = mid;
	}
	for (size_t i = first; !result && i < pointers->n && pointers->items[i] < hi; i++)
		if (i == first || pointers->items[i] != pointers->items[i - 1])
			result = fn(pointers->items[i], ctx);
	return result;
}

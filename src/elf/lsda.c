// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A frame description entry (FDE) names the code that it describes. It refers to a common information entry
 * (CIE), and if the augmentation string of that has an 'L', the FDE also names the language-specific data area (LSDA)
 * of the code. The area is a header and a table of call sites, each with the offset of its landing pad from the start
 * of the code. A function with a .cold part has two FDEs and two areas. A DW_EH_PE byte says how each number is stored.
 */
#include "elf/lsda.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

struct lsda_entry {
	uint64_t lo, hi;
	uint64_t lsda;
};

struct lsda_index {
	struct lsda_entry *entries; /* by lo */
	size_t n, capacity;
};

/* Bytes being read, and the address at which they are loaded. */
struct cursor {
	const uint8_t *p, *end;
	uint64_t vaddr; /* of p */
	bool failed;
};

static const uint8_t *cursor__take(struct cursor *cursor, size_t n)
{
	const uint8_t *p = cursor->p;

	if (cursor->failed || (size_t)(cursor->end - cursor->p) < n) {
		cursor->failed = true;
		return NULL;
	}
	cursor->p += n;
	cursor->vaddr += n;
	return p;
}

static uint64_t cursor__fixed(struct cursor *cursor, size_t n)
{
	const uint8_t *p = cursor__take(cursor, n);
	uint64_t value = 0;

	if (p)
		memcpy(&value, p, n);
	return value;
}

static uint64_t cursor__leb128(struct cursor *cursor, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = (uint8_t)cursor__fixed(cursor, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) && !cursor->failed);
	if (is_signed && shift < 64 && (byte & 0x40))
		value |= UINT64_MAX << shift;
	return value;
}

/* The number stored in the format that the low half of ENCODING names. */
static uint64_t cursor__number(struct cursor *cursor, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return cursor__fixed(cursor, 8);
	case DW_EH_PE_uleb128:
		return cursor__leb128(cursor, false);
	case DW_EH_PE_sleb128:
		return cursor__leb128(cursor, true);
	case DW_EH_PE_udata2:
		return cursor__fixed(cursor, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int16_t)cursor__fixed(cursor, 2);
	case DW_EH_PE_udata4:
		return cursor__fixed(cursor, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int32_t)cursor__fixed(cursor, 4);
	default:
		cursor->failed = true;
		return 0;
	}
}

/* An encoded pointer; 0 stays 0, whatever it is relative to. Indirect ones are not followed: they are not code. */
static uint64_t cursor__pointer(struct cursor *cursor, uint8_t encoding)
{
	uint64_t base = 0;
	uint64_t value;

	if (encoding == DW_EH_PE_omit)
		return 0;
	switch (encoding & 0x70) {
	case 0:
		break;
	case DW_EH_PE_pcrel:
		base = cursor->vaddr;
		break;
	default:
		cursor->failed = true;
		return 0;
	}
	value = cursor__number(cursor, encoding);
	return value && !cursor->failed ? value + base : 0;
}

/* How the pointers in the FDEs of a CIE are stored. */
struct cie {
	uint64_t offset;
	uint8_t lsda_encoding;
	uint8_t fde_encoding;
};

static void parse_cie(const Dwarf_CIE *entry, struct cie *cie)
{
	const char *letter = entry->augmentation;
	struct cursor cursor = {.p = entry->augmentation_data};

	cie->lsda_encoding = DW_EH_PE_omit;
	cie->fde_encoding = DW_EH_PE_absptr;
	if (!cursor.p || *letter != 'z')
		return;
	cursor.end = cursor.p + entry->augmentation_data_size;
	for (letter++; *letter && !cursor.failed; letter++) {
		if (*letter == 'L') {
			cie->lsda_encoding = (uint8_t)cursor__fixed(&cursor, 1);
		} else if (*letter == 'R') {
			cie->fde_encoding = (uint8_t)cursor__fixed(&cursor, 1);
		} else if (*letter == 'P') {
			uint8_t encoding = (uint8_t)cursor__fixed(&cursor, 1);

			cursor__number(&cursor, encoding);
		} else if (*letter != 'S' && *letter != 'B') {
			return;
		}
	}
}

/* Appends the FDE to the index if it names code and a language-specific data area. */
static int add_fde(struct lsda_index *index, const Dwarf_FDE *fde, const struct cie *cie, struct cursor section)
{
	struct lsda_entry entry;
	struct cursor cursor = section;
	uint64_t length;
	int err;

	if (cie->lsda_encoding == DW_EH_PE_omit || fde->start < section.p || fde->end > section.end)
		return 0;
	cursor.vaddr += (uint64_t)(fde->start - section.p);
	cursor.p = fde->start;
	cursor.end = fde->end;
	entry.lo = cursor__pointer(&cursor, cie->fde_encoding);
	entry.hi = entry.lo + cursor__number(&cursor, cie->fde_encoding);
	length = cursor__leb128(&cursor, false);
	if (cursor.failed || length > (size_t)(cursor.end - cursor.p) || entry.hi <= entry.lo)
		return 0;
	entry.lsda = cursor__pointer(&cursor, cie->lsda_encoding);
	if (cursor.failed || !entry.lsda)
		return 0;
	err = grow__one(&index->entries, &index->capacity, index->n, sizeof(entry));
	if (!err)
		index->entries[index->n++] = entry;
	return err;
}

static int compare_entries(const void *a, const void *b)
{
	const struct lsda_entry *left = a;
	const struct lsda_entry *right = b;

	return left->lo < right->lo ? -1 : left->lo > right->lo;
}

/* The CIE at OFFSET, read anew unless it is the one already in CIE. */
static bool load_cie(const unsigned char *ident, Elf_Data *data, uint64_t offset, struct cie *cie)
{
	Dwarf_CFI_Entry entry;
	Dwarf_Off next;

	if (cie->offset == offset)
		return true;
	if (dwarf_next_cfi(ident, data, true, offset, &next, &entry) != 0 || !dwarf_cfi_cie_p(&entry))
		return false;
	cie->offset = offset;
	parse_cie(&entry.cie, cie);
	return true;
}

static int read_eh_frame(struct lsda_index *index, const unsigned char *ident, Elf_Data *data, uint64_t vaddr)
{
	struct cursor section = {.p = data->d_buf, .vaddr = vaddr};
	struct cie cie = {.offset = UINT64_MAX};
	Dwarf_Off offset = 0;

	section.end = section.p + data->d_size;
	while (offset < data->d_size) {
		Dwarf_CFI_Entry entry;
		Dwarf_Off next = offset;
		int result = dwarf_next_cfi(ident, data, true, offset, &next, &entry);
		int err;

		/* Nothing after a damaged entry can be trusted, what came before it can. */
		if (result > 0 || next <= offset)
			break;
		if (result == 0 && !dwarf_cfi_cie_p(&entry) && load_cie(ident, data, entry.fde.CIE_pointer, &cie)) {
			err = add_fde(index, &entry.fde, &cie, section);
			if (err)
				return err;
		}
		offset = next;
	}
	if (index->n)
		qsort(index->entries, index->n, sizeof(*index->entries), compare_entries);
	return 0;
}

/* The contents of .eh_frame and its address, or NULL. */
static Elf_Data *find_eh_frame(Elf *elf, uint64_t *vaddr)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const Elf64_Shdr *header = elf64_getshdr(section);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;
		Elf_Data *data;

		if (!name || strcmp(name, ".eh_frame") != 0 || header->sh_type == SHT_NOBITS)
			continue;
		data = elf_getdata(section, NULL);
		if (!data || !data->d_buf)
			continue;
		*vaddr = header->sh_addr;
		return data;
	}
	return NULL;
}

int lsda_index__new(const struct objfile *obj, struct lsda_index **out)
{
	Elf *elf = objfile__elf(obj);
	const unsigned char *ident = (const unsigned char *)elf_getident(elf, NULL);
	struct lsda_index *index = calloc(1, sizeof(*index));
	uint64_t vaddr;
	Elf_Data *data = find_eh_frame(elf, &vaddr);
	int err = index ? 0 : -ENOMEM;

	if (!err && ident && data)
		err = read_eh_frame(index, ident, data, vaddr);
	if (err) {
		lsda_index__free(index);
		return err;
	}
	*out = index;
	return 0;
}

void lsda_index__free(struct lsda_index *index)
{
	if (!index)
		return;
	free(index->entries);
	free(index);
}

static const struct lsda_entry *find(const struct lsda_index *index, uint64_t vaddr)
{
	size_t lo = 0;
	size_t hi = index->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (index->entries[mid].lo <= vaddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0 || vaddr >= index->entries[lo - 1].hi)
		return NULL;
	return &index->entries[lo - 1];
}

static int each_call_site(struct cursor *cursor, uint64_t base, int (*fn)(uint64_t pad, void *ctx), void *ctx)
{
	uint8_t encoding = (uint8_t)cursor__fixed(cursor, 1);
	uint64_t length = cursor__leb128(cursor, false);

	if (cursor->failed || length > (size_t)(cursor->end - cursor->p))
		return -ENOENT;
	cursor->end = cursor->p + length;
	while (cursor->p < cursor->end) {
		uint64_t pad;
		int result;

		cursor__number(cursor, encoding);
		cursor__number(cursor, encoding);
		pad = cursor__number(cursor, encoding);
		cursor__leb128(cursor, false);
		if (cursor->failed)
			break;
		result = pad ? fn(base + pad, ctx) : 0;
		if (result)
			return result;
	}
	return 0;
}

/* How many bytes the file has at VADDR, as far as twice MAX; MAX is a power of two. */
static size_t available(const struct objfile *obj, uint64_t vaddr, size_t max)
{
	size_t size = 0;

	for (size_t step = max; step; step /= 2)
		if (objfile__bytes(obj, vaddr, size + step))
			size += step;
	return size;
}

int lsda_index__each_pad(const struct lsda_index *index, const struct objfile *obj, uint64_t vaddr,
			 int (*fn)(uint64_t pad, void *ctx), void *ctx)
{
	const struct lsda_entry *entry = find(index, vaddr);
	struct cursor cursor = {.vaddr = entry ? entry->lsda : 0};
	size_t size = entry ? available(obj, entry->lsda, 1 << 20) : 0;
	uint64_t base;
	uint8_t encoding;

	if (!size)
		return -ENOENT;
	cursor.p = objfile__bytes(obj, cursor.vaddr, size);
	cursor.end = cursor.p + size;
	encoding = (uint8_t)cursor__fixed(&cursor, 1);
	base = encoding == DW_EH_PE_omit ? entry->lo : cursor__pointer(&cursor, encoding);
	encoding = (uint8_t)cursor__fixed(&cursor, 1);
	if (encoding != DW_EH_PE_omit)
		cursor__leb128(&cursor, false);
	return each_call_site(&cursor, base, fn, ctx);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A frame description entry (FDE) may name the language-specific data area (LSDA) of its code. The area is a
 * header and a table of call sites, each with the offset of its landing pad from the start of the code. A function with
 * a .cold part has two FDEs and two areas.
 */
#include "elf/lsda.h"

#include <dwarf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "elf/byte_cursor.h"
#include "elf/frame_entries.h"

struct lsda_entry {
	uint64_t lo, hi;
	uint64_t lsda;
};

struct lsda_index {
	struct lsda_entry *entries; /* by lo */
	size_t n, capacity;
};

/* Appends the entry to the index if it names a language-specific data area. */
static int add_entry(const struct frame_entry *frame, const struct frame_cie *cie, void *ctx)
{
	struct lsda_index *index = ctx;
	int err = frame->lsda ? grow__one(&index->entries, &index->capacity, index->n, sizeof(*index->entries)) : 0;

	(void)cie;
	if (!err && frame->lsda)
		index->entries[index->n++] = (struct lsda_entry){frame->lo, frame->hi, frame->lsda};
	return err;
}

static int compare_entries(const void *a, const void *b)
{
	const struct lsda_entry *left = a;
	const struct lsda_entry *right = b;

	return left->lo < right->lo ? -1 : left->lo > right->lo;
}

int lsda_index__new(const struct objfile *obj, struct lsda_index **out)
{
	struct lsda_index *index = calloc(1, sizeof(*index));
	int err = index ? frame_entries__each(objfile__elf(obj), false, add_entry, index) : -ENOMEM;

	if (err) {
		lsda_index__free(index);
		return err;
	}
	if (index->n)
		qsort(index->entries, index->n, sizeof(*index->entries), compare_entries);
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
	size_t i = SORTED_ABOVE(index->entries, index->n, lo, vaddr);

	return i > 0 && vaddr < index->entries[i - 1].hi ? &index->entries[i - 1] : NULL;
}

static int each_call_site(struct byte_cursor *cursor, uint64_t code, uint64_t base,
			  int (*fn)(const struct lsda_site *site, void *ctx), void *ctx)
{
	uint8_t encoding = (uint8_t)byte_cursor__fixed(cursor, 1);
	uint64_t length = byte_cursor__leb128(cursor, false);

	if (cursor->failed || length > (size_t)(cursor->end - cursor->p))
		return -ENOENT;
	cursor->end = cursor->p + length;
	while (cursor->p < cursor->end) {
		struct lsda_site site;
		uint64_t pad;
		int result;

		site.lo = code + byte_cursor__number(cursor, encoding);
		site.hi = site.lo + byte_cursor__number(cursor, encoding);
		pad = byte_cursor__number(cursor, encoding);
		byte_cursor__leb128(cursor, false);
		if (cursor->failed)
			break;
		site.pad = base + pad;
		result = pad ? fn(&site, ctx) : 0;
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
			 int (*fn)(const struct lsda_site *site, void *ctx), void *ctx)
{
	const struct lsda_entry *entry = find(index, vaddr);
	struct byte_cursor cursor = {.vaddr = entry ? entry->lsda : 0};
	size_t size = entry ? available(obj, entry->lsda, 1 << 20) : 0;
	uint64_t base;
	uint8_t encoding;

	if (!size)
		return -ENOENT;
	cursor.p = objfile__bytes(obj, cursor.vaddr, size);
	cursor.end = cursor.p + size;
	encoding = (uint8_t)byte_cursor__fixed(&cursor, 1);
	base = encoding == DW_EH_PE_omit ? entry->lo : byte_cursor__pointer(&cursor, encoding);
	encoding = (uint8_t)byte_cursor__fixed(&cursor, 1);
	if (encoding != DW_EH_PE_omit)
		byte_cursor__leb128(&cursor, false);
	return each_call_site(&cursor, entry->lo, base, fn, ctx);
}

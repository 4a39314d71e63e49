// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The code of an object is in its executable sections. Each byte of them belongs to an entry of .eh_frame or,
 * where there is none, to an entry of .debug_frame, or else to none at all (assembler code, the PLTs of some linkers).
 * Entries are sorted by address; one that runs into the next is cut off there, as the search of the dynamic linker's
 * unwinder in .eh_frame_hdr would do it. So sections and entries are walked in ascending order, and the rows that come
 * out of it are sorted by themselves. Neighbouring rows that say the same become one, and so does the padding between
 * two functions with the function before it.
 *
 * An entry's program is executed once, so the time grows with the size of the call frame information only. Measured on
 * an AMD EPYC: a C library makes 23 000 rows (366 KiB) in 2.4 ms, CPython 3.11 59 000 in 7 ms, GCC's cc1 433 000 in
 * 33 ms, libLLVM 14 835 000 (13 MiB) in 82 ms.
 */
#include "dwarf/unwind_table.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/code_sections.h"
#include "dwarf/frame_program.h"
#include "dwarf/unwind_rule.h"
#include "elf/frame_entries.h"

#define N_SOURCES 2 /* .eh_frame, .debug_frame */

/* The entries of one section of call frame information. */
struct source {
	struct described {
		struct frame_entry entry;
		size_t cie; /* index into cies */
	} * items;	    /* by address */
	size_t n, capacity;
	struct frame_cie *cies;
	size_t n_cies, cies_capacity;
	size_t next; /* entries before this one are behind the address that is being walked */
};

struct builder {
	struct unwind_table *table;
	size_t capacity;
	struct source sources[N_SOURCES];
	const struct code_section *section; /* whose code is being walked */
	uint64_t from, to;		    /* of the entry that is being executed, what is wanted */
};

static int add_entry(const struct frame_entry *entry, const struct frame_cie *cie, void *ctx)
{
	struct source *source = ctx;
	int err = grow__one(&source->items, &source->capacity, source->n, sizeof(*source->items));

	/* Linkers write each CIE before the entries that refer to it. */
	if (!err && (!source->n_cies || source->cies[source->n_cies - 1].offset != cie->offset)) {
		err = grow__one(&source->cies, &source->cies_capacity, source->n_cies, sizeof(*cie));
		if (!err)
			source->cies[source->n_cies++] = *cie;
	}
	if (!err)
		source->items[source->n++] = (struct described){*entry, source->n_cies - 1};
	return err;
}

static int compare_entries(const void *a, const void *b)
{
	const struct frame_entry *left = &((const struct described *)a)->entry;
	const struct frame_entry *right = &((const struct described *)b)->entry;

	if (left->lo != right->lo)
		return left->lo < right->lo ? -1 : 1;
	return (left->program > right->program) - (left->program < right->program);
}

static int read_source(Elf *elf, bool debug, struct source *source)
{
	int err = elf ? frame_entries__each(elf, debug, add_entry, source) : 0;

	if (err)
		return err;
	if (source->n)
		qsort(source->items, source->n, sizeof(*source->items), compare_entries);
	for (size_t i = 0; i + 1 < source->n; i++) {
		struct frame_entry *entry = &source->items[i].entry;
		uint64_t next = source->items[i + 1].entry.lo;

		if (entry->hi > next)
			entry->hi = next;
	}
	return 0;
}

/* From vaddr ADDR on ROW holds. ADDR is not below that of the row before. 0, -ENOMEM or -E2BIG. */
static int add_row(struct builder *b, uint64_t addr, struct unwind_row row)
{
	struct unwind_table *table = b->table;
	int err;

	if (addr < table->base || addr - table->base > UINT32_MAX)
		return -E2BIG;
	if (table->n && unwind_row__is_same(&table->rows[table->n - 1], &row))
		return 0;
	err = grow__one(&table->rows, &b->capacity, table->n, sizeof(row));
	if (err)
		return err;
	row.addr = (uint32_t)(addr - table->base);
	table->rows[table->n++] = row;
	return 0;
}

static int add_simple(struct builder *b, uint64_t addr, enum unwind_cfa cfa, int32_t offset, int16_t add)
{
	bool known = cfa != UNWIND_UNKNOWN;
	int16_t saved = known ? UNWIND_SAME : UNWIND_LOST;

	return add_row(b, addr,
		       (struct unwind_row){
			       .cfa = (uint8_t)cfa, .cfa_offset = offset, .cfa_add = add, .rbp = saved, .rbx = saved});
}

static int add_state(const struct frame_state *state, uint64_t lo, uint64_t hi, void *ctx)
{
	struct builder *b = ctx;

	if (lo < b->from)
		lo = b->from;
	if (hi > b->to)
		hi = b->to;
	if (lo >= hi)
		return 0;
	return state ? add_row(b, lo, unwind_rule__of(state)) : add_simple(b, lo, UNWIND_UNKNOWN, 0, 0);
}

/* Code that no entry describes. */
static int add_undescribed(struct builder *b, uint64_t lo, uint64_t hi)
{
	const struct code_section *section = b->section;
	int err = 0;

	switch (section->kind) {
	case CODE_PLT:
		/* The first entry pushes once before it jumps to the linker, for which the others have pushed. */
		if (lo == section->lo)
			err = add_simple(b, lo, UNWIND_PLT, 16, 6);
		if (!err && hi > section->lo + 16)
			err = add_simple(b, lo == section->lo ? lo + 16 : lo, UNWIND_PLT, 8, section->pushes_at);
		return err;
	case CODE_STUBS:
		return add_simple(b, lo, UNWIND_RSP, 8, 0);
	default:
		if (lo > section->lo)
			lo = code_section__skip_padding(section, lo, hi);
		return lo < hi ? add_simple(b, lo, UNWIND_FRAME_POINTER, 0, 0) : 0;
	}
}

/* Walks [lo, hi), which sources before number LEVEL do not describe. */
static int walk(struct builder *b, size_t level, uint64_t lo, uint64_t hi)
{
	struct source *source = &b->sources[level];
	int err = 0;

	if (level == N_SOURCES)
		return lo < hi ? add_undescribed(b, lo, hi) : 0;
	while (source->next < source->n && source->items[source->next].entry.hi <= lo)
		source->next++;
	for (size_t i = source->next; i < source->n && source->items[i].entry.lo < hi && !err; i++) {
		const struct described *item = &source->items[i];
		uint64_t from = item->entry.lo > lo ? item->entry.lo : lo;
		uint64_t to = item->entry.hi < hi ? item->entry.hi : hi;

		/* Of two entries for one address, the first has no code left. */
		if (from >= to)
			continue;
		err = walk(b, level + 1, lo, from);
		b->from = from;
		b->to = to;
		if (!err)
			err = frame_program__run(&item->entry, &source->cies[item->cie], add_state, b);
		lo = to;
	}
	return err ? err : walk(b, level + 1, lo, hi);
}

static int build(struct builder *b, const struct code_sections *sections)
{
	uint64_t end = 0;
	int err = 0;

	for (size_t i = 0; i < sections->n && !err; i++) {
		const struct code_section *section = &sections->items[i];

		if (i && end < section->lo)
			err = add_simple(b, end, UNWIND_UNKNOWN, 0, 0);
		b->section = section;
		if (!err)
			err = walk(b, 0, section->lo, section->hi);
		end = section->hi;
	}
	return err || !sections->n ? err : add_simple(b, end, UNWIND_UNKNOWN, 0, 0);
}

bool unwind_row__is_same(const struct unwind_row *a, const struct unwind_row *b)
{
	return a->cfa == b->cfa && a->cfa_offset == b->cfa_offset && a->cfa_add == b->cfa_add && a->rbp == b->rbp &&
	       a->rbx == b->rbx && a->from_register == b->from_register;
}

int unwind_table__make(Elf *elf, Elf *debug, struct unwind_table *table)
{
	struct builder b = {.table = table};
	struct code_sections sections;
	int err = code_sections__find(elf, &sections);

	*table = (struct unwind_table){.base = sections.base};
	if (!err)
		err = read_source(elf, false, &b.sources[0]);
	if (!err)
		err = read_source(elf, true, &b.sources[1]);
	if (!err && !b.sources[1].n)
		err = read_source(debug, true, &b.sources[1]);
	if (!err)
		err = build(&b, &sections);
	for (size_t i = 0; i < N_SOURCES; i++) {
		free(b.sources[i].items);
		free(b.sources[i].cies);
	}
	code_sections__release(&sections);
	if (err)
		unwind_table__release(table);
	return err;
}

void unwind_table__release(struct unwind_table *table)
{
	free(table->rows);
	*table = (struct unwind_table){.n = 0};
}

const struct unwind_row *unwind_table__find(const struct unwind_table *table, uint64_t addr)
{
	size_t i;

	if (addr < table->base || addr - table->base > UINT32_MAX)
		return NULL;
	i = SORTED_ABOVE(table->rows, table->n, addr, addr - table->base);
	/* From the last row on, there is no code. */
	return i && i < table->n ? &table->rows[i - 1] : NULL;
}

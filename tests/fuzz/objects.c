// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF files, without their DWARF: symbols, stubs, pointers, static probes, exception tables, call frame information and
 * the rules by which stacks are walked.
 */
#include <errno.h>
#include <string.h>

#include "dwarf/unwind_table.h"
#include "elf/frame_entries.h"
#include "elf/lsda.h"
#include "elf/objfile.h"
#include "elf/pointers.h"
#include "elf/usdt.h"
#include "fuzz/common/fuzz.h"

/* What is looked up at addresses that the file itself names. */
struct looking {
	const struct objfile *obj;
	struct lsda_index *pads;
	struct pointers *pointers;
	unsigned n;
};

static int skip_address(uint64_t vaddr, void *ctx)
{
	(void)vaddr;
	(void)ctx;
	return 0;
}

static int skip_site(const struct lsda_site *site, void *ctx)
{
	(void)site;
	(void)ctx;
	return 0;
}

static void look_at(const struct looking *looking, uint64_t vaddr)
{
	uint64_t offset, start;
	const char *name = objfile__callee_name(looking->obj, vaddr);
	const uint8_t *code = objfile__code(looking->obj, vaddr, 16, &offset);
	volatile uint8_t last;

	if (name)
		fuzz__assert(*name || !*name);
	if (code)
		last = code[15];
	(void)last;
	objfile__stub_name(looking->obj, vaddr, &start);
	objfile__file_offset(looking->obj, vaddr, &offset);
	objfile__mapped_at(looking->obj, vaddr, &offset);
	objfile__data_offset(looking->obj, vaddr, &offset);
	lsda_index__each_pad(looking->pads, looking->obj, vaddr, skip_site, NULL);
	pointers__each(looking->pointers, vaddr, vaddr + 256, skip_address, NULL);
	pointers__patch(looking->pointers, vaddr, vaddr + 256);
}

static int look_at_symbol(const struct objfile_symbol *symbol, void *ctx)
{
	struct looking *looking = ctx;

	fuzz__assert(symbol->name &&
		     strlen(symbol->name) + (symbol->versioned ? strlen(symbol->versioned) : 0) < SIZE_MAX);
	if (looking->n++ < 64)
		look_at(looking, symbol->vaddr);
	return 0;
}

static int look_at_probe(const struct usdt_probe *probe, void *ctx)
{
	struct usdt_argument argument;

	for (unsigned i = 0; i < 3; i++)
		usdt__argument(probe->arguments, i, &argument);
	fuzz__assert(strlen(probe->provider) < SIZE_MAX && strlen(probe->name) < SIZE_MAX);
	look_at(ctx, probe->vaddr);
	return 0;
}

static int look_at_needed(const char *name, void *ctx)
{
	(void)ctx;
	return strlen(name) == SIZE_MAX;
}

static int look_at_entry(const struct frame_entry *entry, const struct frame_cie *cie, void *ctx)
{
	struct looking *looking = ctx;

	fuzz__assert(entry->lo <= entry->hi);
	(void)cie;
	if (looking->n++ < 64)
		look_at(looking, entry->lo);
	return 0;
}

static void look_at_table(struct objfile *obj)
{
	struct unwind_table table;

	if (unwind_table__make(objfile__elf(obj), NULL, &table))
		return;
	for (size_t i = 1; i < table.n; i++)
		fuzz__assert(table.rows[i - 1].addr < table.rows[i].addr);
	for (size_t i = 0; i < table.n && i < 32; i++)
		fuzz__assert(unwind_table__find(&table, table.base + table.rows[i].addr) == &table.rows[i] ||
			     i + 1 == table.n);
	unwind_table__release(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct looking looking = {.n = 0};
	uint64_t vaddr, length;
	struct objfile *obj;
	int err = objfile__open(fuzz__file(data, size), "fuzzed", &obj);

	fuzz__assert(!err || err == -ENOEXEC || err == -EOPNOTSUPP);
	if (err)
		return 0;
	looking.obj = obj;
	fuzz__assert(!lsda_index__new(obj, &looking.pads));
	fuzz__assert(!pointers__new(obj, &looking.pointers));
	objfile__build_id(obj);
	objfile__is_executable(obj);
	objfile__has_code(obj);
	if (objfile__interpreter(obj))
		fuzz__assert(strlen(objfile__interpreter(obj)) < SIZE_MAX);
	objfile__each_function(obj, look_at_symbol, &looking);
	objfile__each_needed(obj, look_at_needed, NULL);
	objfile__find_data(obj, "_PyRuntime", &vaddr, &length);
	usdt__each(obj, look_at_probe, &looking);
	looking.n = 0;
	frame_entries__each(objfile__elf(obj), false, look_at_entry, &looking);
	frame_entries__each(objfile__elf(obj), true, look_at_entry, &looking);
	look_at_table(obj);
	lsda_index__free(looking.pads);
	pointers__free(looking.pointers);
	objfile__close(obj);
	return 0;
}

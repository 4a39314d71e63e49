// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/symbols.h"

#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"

struct symbol {
	struct objfile_symbol public;
	bool owned;   /* the name is our own copy, without @VERSION */
	uint8_t rank; /* of several symbols at one address, the one with the lowest rank comes first */
};

struct slot {
	uint64_t vaddr;
	const char *name; /* of the symbol whose address the slot gets; NULL: it gets the address ADDEND */
	uint64_t addend;
};

struct symbols {
	struct symbol *functions; /* by address, then rank */
	size_t n_functions, functions_capacity;
	struct slot *slots; /* by vaddr */
	size_t n_slots, slots_capacity;
};

/* A symbol table or relocation section as libelf gives it; count is 0 when it cannot be read. */
struct table {
	Elf_Data *data;
	size_t count;
	size_t link;
};

static struct table table__get(Elf_Scn *section, size_t entry_size)
{
	GElf_Shdr header;
	struct table table = {.data = gelf_getshdr(section, &header) ? elf_getdata(section, NULL) : NULL};

	if (!table.data || !table.data->d_buf)
		return (struct table){NULL, 0, 0};
	table.count = table.data->d_size / entry_size;
	table.link = header.sh_link;
	return table;
}

static bool is_label(Elf *elf, const GElf_Sym *symbol, const char *name)
{
	Elf_Scn *section = symbol->st_shndx < SHN_LORESERVE ? elf_getscn(elf, symbol->st_shndx) : NULL;
	GElf_Shdr room;
	const GElf_Shdr *header = gelf_getshdr(section, &room);

	return header && (header->sh_flags & SHF_EXECINSTR) && strncmp(name, ".L", 2) != 0;
}

/* Sets *kind, unless the symbol names no code. */
static bool classify(Elf *elf, const GElf_Sym *symbol, const char *name, enum symbol_kind *kind)
{
	if (!name || !*name || symbol->st_shndx == SHN_UNDEF)
		return false;
	switch (ELF64_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
		*kind = SYMBOL_FUNCTION;
		return true;
	case STT_GNU_IFUNC:
		*kind = SYMBOL_INDIRECT;
		return true;
	case STT_NOTYPE:
		*kind = ELF64_ST_BIND(symbol->st_info) == STB_LOCAL ? SYMBOL_LOCAL_LABEL : SYMBOL_LABEL;
		return is_label(elf, symbol, name);
	default:
		return false;
	}
}

static int add_function(struct symbols *symbols, const GElf_Sym *symbol, const char *name, enum symbol_kind kind)
{
	struct symbol entry = {
		.public = {.name = name, .vaddr = symbol->st_value, .size = symbol->st_size, .kind = kind}};
	const char *version = strchr(name, '@');
	int err;

	entry.rank = ELF64_ST_BIND(symbol->st_info) == STB_GLOBAL ? 0 : 1;
	if (ELF64_ST_BIND(symbol->st_info) == STB_LOCAL)
		entry.rank = 2;
	if (kind == SYMBOL_LABEL || kind == SYMBOL_LOCAL_LABEL)
		entry.rank += 3;
	err = grow__one(&symbols->functions, &symbols->functions_capacity, symbols->n_functions, sizeof(entry));
	if (err)
		return err;
	if (version && version != name) {
		entry.public.name = strndup(name, (size_t)(version - name));
		if (!entry.public.name)
			return -ENOMEM;
		entry.public.versioned = name;
		entry.owned = true;
	}
	symbols->functions[symbols->n_functions++] = entry;
	return 0;
}

static int read_functions(struct symbols *symbols, Elf *elf, Elf_Scn *section)
{
	struct table table = table__get(section, sizeof(Elf64_Sym));
	GElf_Sym symbol;

	for (size_t i = 0; i < table.count && gelf_getsym(table.data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, table.link, symbol.st_name);
		enum symbol_kind kind;
		int err = classify(elf, &symbol, name, &kind) ? add_function(symbols, &symbol, name, kind) : 0;

		if (err)
			return err;
	}
	return 0;
}

static bool is_slot(uint32_t type)
{
	return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT || type == R_X86_64_64 ||
	       type == R_X86_64_IRELATIVE;
}

static int read_slots(struct symbols *symbols, Elf *elf, Elf_Scn *section)
{
	struct table relocations = table__get(section, sizeof(Elf64_Rela));
	Elf_Scn *linked = elf_getscn(elf, relocations.link);
	struct table dynamic = table__get(relocations.link ? linked : NULL, sizeof(Elf64_Sym));
	GElf_Rela relocation;

	for (size_t i = 0; i < relocations.count && gelf_getrela(relocations.data, (int)i, &relocation); i++) {
		size_t index = ELF64_R_SYM(relocation.r_info);
		struct slot slot = {.vaddr = relocation.r_offset, .addend = (uint64_t)relocation.r_addend};
		GElf_Sym name;
		int err;

		if (!is_slot(ELF64_R_TYPE(relocation.r_info)) || index >= dynamic.count + !index)
			continue;
		if (index && gelf_getsym(dynamic.data, (int)index, &name))
			slot.name = elf_strptr(elf, dynamic.link, name.st_name);
		err = grow__one(&symbols->slots, &symbols->slots_capacity, symbols->n_slots, sizeof(slot));
		if (err)
			return err;
		symbols->slots[symbols->n_slots++] = slot;
	}
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	const struct symbol *left = a;
	const struct symbol *right = b;

	if (left->public.vaddr != right->public.vaddr)
		return left->public.vaddr < right->public.vaddr ? -1 : 1;
	if (left->rank != right->rank)
		return left->rank < right->rank ? -1 : 1;
	return strcmp(left->public.name, right->public.name);
}

static int compare_slots(const void *a, const void *b)
{
	const struct slot *left = a;
	const struct slot *right = b;

	return left->vaddr < right->vaddr ? -1 : left->vaddr > right->vaddr;
}

static int read_sections(struct symbols *symbols, Elf *elf)
{
	Elf_Scn *static_table = NULL;
	Elf_Scn *dynamic_table = NULL;
	Elf_Scn *section = NULL;
	int err = 0;

	while (!err && (section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);

		if (!header)
			continue;
		if (header->sh_type == SHT_SYMTAB)
			static_table = section;
		else if (header->sh_type == SHT_DYNSYM)
			dynamic_table = section;
		else if (header->sh_type == SHT_RELA && (header->sh_flags & SHF_ALLOC))
			err = read_slots(symbols, elf, section);
	}
	if (!err && static_table)
		err = read_functions(symbols, elf, static_table);
	if (!err && !symbols->n_functions && dynamic_table)
		err = read_functions(symbols, elf, dynamic_table);
	return err;
}

int symbols__new(Elf *elf, struct symbols **out)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));
	int err;

	if (!symbols)
		return -ENOMEM;
	err = read_sections(symbols, elf);
	if (err) {
		symbols__free(symbols);
		return err;
	}
	if (symbols->n_functions)
		qsort(symbols->functions, symbols->n_functions, sizeof(*symbols->functions), compare_functions);
	if (symbols->n_slots)
		qsort(symbols->slots, symbols->n_slots, sizeof(*symbols->slots), compare_slots);
	*out = symbols;
	return 0;
}

void symbols__free(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->n_functions; i++)
		if (symbols->functions[i].owned)
			free((char *)symbols->functions[i].public.name);
	free(symbols->functions);
	free(symbols->slots);
	free(symbols);
}

int symbols__each(const struct symbols *symbols, int (*fn)(const struct objfile_symbol *symbol, void *ctx), void *ctx)
{
	for (size_t i = 0; i < symbols->n_functions; i++) {
		int result = fn(&symbols->functions[i].public, ctx);

		if (result)
			return result;
	}
	return 0;
}

size_t symbols__count(const struct symbols *symbols)
{
	return symbols->n_functions;
}

const struct objfile_symbol *symbols__get(const struct symbols *symbols, size_t index)
{
	return &symbols->functions[index].public;
}

size_t symbols__from(const struct symbols *symbols, uint64_t vaddr)
{
	return SORTED_FROM(symbols->functions, symbols->n_functions, public.vaddr, vaddr);
}

uint64_t symbols__end(const struct symbols *symbols, size_t index, uint64_t limit)
{
	const struct objfile_symbol *symbol = &symbols->functions[index].public;

	if (symbol->size)
		return symbol->vaddr + symbol->size;
	for (size_t i = index + 1; i < symbols->n_functions; i++) {
		const struct objfile_symbol *next = &symbols->functions[i].public;

		if (next->vaddr >= limit)
			break;
		if (next->vaddr > symbol->vaddr && next->kind != SYMBOL_LOCAL_LABEL)
			return next->vaddr;
	}
	return limit;
}

const char *symbols__at(const struct symbols *symbols, uint64_t vaddr)
{
	size_t index = SORTED_AT(symbols->functions, symbols->n_functions, public.vaddr, vaddr);

	return index < symbols->n_functions ? symbols->functions[index].public.name : NULL;
}

const char *symbols__behind_slot(const struct symbols *symbols, uint64_t slot)
{
	const struct slot key = {.vaddr = slot};
	const struct slot *found;

	if (!symbols->n_slots)
		return NULL;
	found = bsearch(&key, symbols->slots, symbols->n_slots, sizeof(key), compare_slots);
	if (!found)
		return NULL;
	return found->name ? found->name : symbols__at(symbols, found->addend);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols: the symbols of an ELF file that name code, and the imported symbols behind its GOT slots.
 */
#ifndef LPROF_SYMBOLS_H
#define LPROF_SYMBOLS_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>

enum symbol_kind {
	SYMBOL_FUNCTION,
	SYMBOL_INDIRECT, /* STT_GNU_IFUNC: its code returns the address of the function that the name stands for */
	SYMBOL_LABEL,	 /* without a type, as assemblers make it unless told otherwise, but visible to other files */
	SYMBOL_LOCAL_LABEL, /* likewise, not visible: mostly a place within a function */
};

/* A symbol that names code. */
struct objfile_symbol {
	const char *name;      /* without @VERSION; lives as long as the symbols and the ELF file */
	const char *versioned; /* with its @VERSION or @@VERSION, NULL when the table has none; lives as long */
	uint64_t vaddr;
	uint64_t size; /* 0: unknown */
	enum symbol_kind kind;
};

struct symbols;

/* Reads the symbol tables and relocations of ELF. Returns 0 and symbols owned by the caller, or -ENOMEM. */
int symbols__new(Elf *elf, struct symbols **out);
void symbols__free(struct symbols *symbols); /* NULL is allowed */

/* The symbols by ascending address, then better names first: how many, and each by its index. */
size_t symbols__count(const struct symbols *symbols);
const struct objfile_symbol *symbols__get(const struct symbols *symbols, size_t index);

/* Index of the first symbol at VADDR or behind it; their count when there is none. */
size_t symbols__from(const struct symbols *symbols, uint64_t vaddr);

/*
 * Where the code of the symbol with this index ends. When the symbol has no size, that is where the next one begins
 * that is not a local label, but at most LIMIT.
 */
uint64_t symbols__end(const struct symbols *symbols, size_t index, uint64_t limit);

/* Calls FN for each symbol, by ascending address. Stops at the first call that does not return 0, and returns that. */
int symbols__each(const struct symbols *symbols, int (*fn)(const struct objfile_symbol *symbol, void *ctx), void *ctx);

/* Name of the function at exactly VADDR, or NULL. A global name is preferred. */
const char *symbols__at(const struct symbols *symbols, uint64_t vaddr);

/* Name of the function that the dynamic loader puts into the GOT slot at SLOT, or NULL. */
const char *symbols__behind_slot(const struct symbols *symbols, uint64_t slot);

#endif

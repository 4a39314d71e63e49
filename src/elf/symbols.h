/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * symbols: the function symbols of an ELF file, and the imported symbols behind its GOT slots.
 */
#ifndef LPROF_SYMBOLS_H
#define LPROF_SYMBOLS_H

#include <libelf.h>
#include <stdint.h>

/* A function symbol. */
struct objfile_symbol {
	const char *name; /* without @VERSION; lives as long as the symbols and the ELF file */
	uint64_t vaddr;
	uint64_t size;
};

struct symbols;

/* Reads the symbol tables and relocations of ELF. Returns 0 and symbols owned by the caller, or -ENOMEM. */
int symbols__new(Elf *elf, struct symbols **out);
void symbols__free(struct symbols *symbols); /* NULL is allowed */

/* Calls FN for each symbol, by ascending address. Stops at the first call that does not return 0, and returns that. */
int symbols__each(const struct symbols *symbols, int (*fn)(const struct objfile_symbol *symbol, void *ctx), void *ctx);

/* Name of the function at exactly VADDR, or NULL. A global name is preferred. */
const char *symbols__at(const struct symbols *symbols, uint64_t vaddr);

/* Name of the function that the dynamic loader puts into the GOT slot at SLOT, or NULL. */
const char *symbols__behind_slot(const struct symbols *symbols, uint64_t slot);

#endif

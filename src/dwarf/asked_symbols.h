/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asked_symbols: the code that selectors select by names of the symbol table, which knows names that debug information
 * does not: aliases, versions, indirect functions, the functions of assembler files.
 */
#ifndef LPROF_ASKED_SYMBOLS_H
#define LPROF_ASKED_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/objfile.h"
#include "elf/symbols.h"
#include "target/selector.h"

/* One selector selects by SYMBOL the function that is entered at VADDR. */
struct asked_symbol {
	uint64_t vaddr;
	size_t selector;
	const struct objfile_symbol *symbol; /* borrowed from the symbols */
	bool indirect;			     /* VADDR is one of the implementations of SYMBOL, an indirect function */
};

struct asked_symbols {
	struct asked_symbol *items; /* sorted by vaddr, then selector */
	size_t n, capacity;
};

/*
 * Finds what the N selectors select among the SYMBOLS of OBJ. What an indirect function may stand for is told from the
 * addresses in the code that chooses among them. Returns 0 or -ENOMEM; asked_symbols__clear() in either case.
 */
int asked_symbols__find(const struct objfile *obj, const struct symbols *symbols,
			const struct selector *const *selectors, size_t n, struct asked_symbols *out);
void asked_symbols__clear(struct asked_symbols *asked);

/* What was asked for at VADDR: the first, and how many there are; NULL and 0 when nothing was. */
const struct asked_symbol *asked_symbols__at(const struct asked_symbols *asked, uint64_t vaddr, size_t *n);

#endif

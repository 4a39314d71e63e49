/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbol_names: the symbols of an object by their names. */
#ifndef LPROF_SYMBOL_NAMES_H
#define LPROF_SYMBOL_NAMES_H

#include <stddef.h>

#include "elf/symbols.h"

/* Zeros at first. */
struct symbol_names {
	const struct objfile_symbol **items; /* sorted by name */
	size_t n;
};

/* Sorts the SYMBOLS by name, once. They must outlive NAMES, which symbol_names__clear() ends. 0 or -ENOMEM. */
int symbol_names__fill(struct symbol_names *names, const struct symbols *symbols);
void symbol_names__clear(struct symbol_names *names);

/* The first of the symbols called NAME, with their number in *n; NULL and 0 when there is none. */
const struct objfile_symbol *const *symbol_names__find(const struct symbol_names *names, const char *name, size_t *n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_reader: the functions that selectors select, gathered from one compilation unit after the other.
 */
#ifndef LPROF_FUNCTION_READER_H
#define LPROF_FUNCTION_READER_H

#include <elfutils/libdw.h>

#include "dwarf/asked_symbols.h"
#include "dwarf/debug_function.h"
#include "elf/objfile.h"
#include "target/selector.h"

struct function_reader;

struct function_reader_input {
	const struct objfile *obj;
	const struct selector *const *selectors;
	size_t n;
	const struct symbols *symbols;	   /* those of OBJ, perhaps from its debug file */
	const struct asked_symbols *asked; /* what the selectors select among them */
	/*
	 * When not NULL: every function with code that is selected by name, or every one if N is 0, is named once to
	 * this, and nothing else is done.
	 */
	int (*each)(const char *name, const char *file, unsigned line, void *ctx);
	void *ctx;
};

/* INPUT is copied, what it points to borrowed. NULL when out of memory. */
struct function_reader *function_reader__new(const struct function_reader_input *input);
void function_reader__free(struct function_reader *reader); /* NULL is allowed */

/*
 * Reads the unit whose DIE is UNIT. SKELETON is the DIE that knows the unit's code and its line table: UNIT itself but
 * where that was split off. 0, -ENOMEM, or what `each` returned.
 */
int function_reader__read(struct function_reader *reader, Dwarf_Die *unit, Dwarf_Die *skeleton);

/* Whether a function that was found has a body that is entered at VADDR. */
bool function_reader__knows(const struct function_reader *reader, uint64_t vaddr);

/*
 * Offsets, borrowed until the next read, of the DIEs found since FIRST by which other units may refer to the functions.
 */
Dwarf_Off *function_reader__offsets(struct function_reader *reader, size_t first, size_t *n);

/* Moves what was found to OUT, and sets matched[i], as debuginfo__find() describes. 0 or -ENOMEM. */
int function_reader__finish(struct function_reader *reader, bool *matched, struct debug_functions *out);

#endif

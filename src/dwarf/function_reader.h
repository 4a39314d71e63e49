/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_reader: the functions that selectors select, gathered from one compilation unit after the other.
 */
#ifndef LPROF_FUNCTION_READER_H
#define LPROF_FUNCTION_READER_H

#include <elfutils/libdw.h>

#include "dwarf/debug_function.h"
#include "elf/objfile.h"
#include "target/selector.h"

struct function_reader;

struct function_reader_input {
	const struct objfile *obj;
	const struct selector *const *selectors;
	size_t n;
	/* When not NULL: every function with code is named once to this, and nothing else is done. */
	int (*each)(const char *name, const char *file, unsigned line, void *ctx);
	void *ctx;
};

/* INPUT is copied, what it points to borrowed. NULL when out of memory. */
struct function_reader *function_reader__new(const struct function_reader_input *input);
void function_reader__free(struct function_reader *reader); /* NULL is allowed */

/* Reads the unit whose DIE is UNIT. 0, -ENOMEM, or what `each` returned. */
int function_reader__read(struct function_reader *reader, Dwarf_Die *unit);

/*
 * Offsets, borrowed until the next read, of the DIEs found since FIRST by which other units may refer to the functions.
 */
Dwarf_Off *function_reader__offsets(struct function_reader *reader, size_t first, size_t *n);

/* Moves what was found to OUT, and sets matched[i], as debuginfo__find() describes. 0 or -ENOMEM. */
int function_reader__finish(struct function_reader *reader, bool *matched, struct debug_functions *out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_extents: which lines of source files lie in functions that these files declare, as far as the code of a
 * compilation unit tells.
 */
#ifndef LPROF_FUNCTION_EXTENTS_H
#define LPROF_FUNCTION_EXTENTS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct function_extent {
	uint32_t file; /* index in `files` */
	uint32_t first, last;
};

/* Of the unit that was asked for last. Must be zeroed at first. */
struct function_extents {
	/* Private: */
	struct Dwarf_CU *unit; /* NULL: none yet */
	char **files;	       /* absolute paths */
	size_t n_files;
	struct function_extent *items; /* sorted, disjoint */
	size_t n, capacity;
};

/*
 * Sets *inside to whether LINE of FILE, an absolute path, lies in a function that FILE declares: between the line of
 * its declaration and the last line of FILE that its code has in the unit that holds DIE. Reads the whole unit when it
 * is another one than before. Returns 0 or -ENOMEM.
 */
int function_extents__has(struct function_extents *extents, Dwarf_Die *die, const char *file, uint32_t line,
			  bool *inside);

void function_extents__release(struct function_extents *extents);

#endif

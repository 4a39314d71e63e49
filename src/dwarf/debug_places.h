/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_places: numbers for the source lines of an object's functions, where #include or #line puts code of other files
 * into a function.
 *
 * A line of the file in which the function is declared is its own number. A line of another file has a number with
 * DEBUG_PLACE_OTHER set, which stands for the same file and line in all functions of the object. Only this module
 * knows more of these numbers; to everybody else they are just different from one another.
 */
#ifndef LPROF_DEBUG_PLACES_H
#define LPROF_DEBUG_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "base/key_map.h"

#define DEBUG_PLACE_OTHER UINT32_C(0x80000000)

struct debug_place {
	const char *file; /* NULL: the file of the function; otherwise borrowed from the places */
	uint32_t line;
};

/* Must be zeroed at first. */
struct debug_places {
	struct debug_place *items; /* by number, without DEBUG_PLACE_OTHER */
	size_t n, capacity;
	/* Private: */
	char **files;
	size_t n_files;
	struct key_map numbers;
};

/* Sets *number to that of LINE in FILE, an absolute path that is not the function's file. Returns 0 or -ENOMEM. */
int debug_places__number(struct debug_places *places, const char *file, uint32_t line, uint32_t *number);

/* What NUMBER stands for. */
struct debug_place debug_places__at(const struct debug_places *places, uint32_t number);

void debug_places__release(struct debug_places *places);

#endif

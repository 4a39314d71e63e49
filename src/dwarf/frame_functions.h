/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frame_functions: the functions of an object to which addresses belong that were asked for, named and placed as
 * debuginfo__find() would do it, with the lines of those pieces of their code that were asked for.
 */
#ifndef LPROF_FRAME_FUNCTIONS_H
#define LPROF_FRAME_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/key_map.h"
#include "dwarf/debug_function.h"
#include "dwarf/die_name.h"
#include "dwarf/function_candidate.h"
#include "dwarf/function_match.h"
#include "dwarf/line_files.h"
#include "dwarf/symbol_functions.h"
#include "dwarf/unit_bodies.h"
#include "dwarf/unit_index.h"
#include "elf/objfile.h"
#include "elf/symbols.h"

struct frame_function {
	struct function_candidate candidate; /* its function's line is 0 where debug information does not tell it */
	uint32_t line; /* that which stands for it, then; 0: not known, or of a function without a body */
	size_t as; /* index of the function whose name and place it goes by: itself, or the beginning of a coroutine */
};

struct frame_functions {
	const struct objfile *obj;     /* borrowed, as are the next two */
	const struct symbols *symbols; /* of the object */
	struct unit_index *units;      /* NULL: there is no debug information */
	struct frame_function *items;
	size_t n;
	/* Private: */
	size_t capacity;
	struct die_scopes *scopes;
	struct function_match match; /* which matches everything */
	struct line_files files;
	struct key_map by_root;	  /* address of the origin of its DIEs in memory: index, or BODY_NODE_NONE */
	struct key_map by_symbol; /* vaddr of its symbol: index */
};

/* FUNCTIONS begins as zeros but for what is borrowed. 0 or -ENOMEM; clear it in either case. */
int frame_functions__begin(struct frame_functions *functions);
void frame_functions__clear(struct frame_functions *functions);

/*
 * Finds the function of NODE of BODY, which is one of BODIES, and sets node->function. It stays BODY_NODE_NONE where
 * the function has no name. 0 or -ENOMEM.
 */
int frame_functions__of_node(struct frame_functions *functions, struct unit_bodies *bodies, struct unit_body *body,
			     struct body_node *node);

/* Reads the lines of NODE, whose function is known, unless that was done, and sets node->instance. 0 or -ENOMEM. */
int frame_functions__read_lines(struct frame_functions *functions, struct unit_bodies *bodies, struct unit_body *body,
				struct body_node *node);

/*
 * Sets *index to the function FOUND that only the symbol table names. BODIES is its unit, whose line table knows its
 * lines, which are read; NULL: it has none. 0 or -ENOMEM.
 */
int frame_functions__of_symbol(struct frame_functions *functions, struct unit_bodies *bodies,
			       const struct symbol_function *found, size_t *index);

/* The same for code at VADDR about which nothing is known but the NAME, which is copied. */
int frame_functions__of_name(struct frame_functions *functions, uint64_t vaddr, const char *name, size_t *index);

/* The place of the code at ADDR in INSTANCE of the function with this INDEX. A line of 0: not known. */
struct debug_place frame_functions__place(const struct frame_functions *functions, size_t index, size_t instance,
					  uint64_t addr);

#endif

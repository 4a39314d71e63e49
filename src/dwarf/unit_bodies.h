/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit_bodies: the functions that a compilation unit defines, and the code of their bodies. */
#ifndef LPROF_UNIT_BODIES_H
#define LPROF_UNIT_BODIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/key_map.h"
#include "dwarf/body_tree.h"
#include "dwarf/code_piece.h"
#include "dwarf/function_extents.h"
#include "elf/objfile.h"

struct unit_body {
	Dwarf_Die die;
	struct code_piece code; /* without ranges: the function is only inlined */
	struct body_tree tree;	/* without nodes: not read yet */
};

struct body_range {
	struct addr_range range;
	size_t body; /* index */
};

struct unit_bodies {
	Dwarf_Die unit, skeleton; /* as in function_reader__read() */
	struct unit_body *items;  /* in the order of the debug information */
	size_t n, capacity;
	struct body_range *ranges; /* by address */
	size_t n_ranges, ranges_capacity;
	struct function_extents extents; /* for whoever needs them; zeros at first */
	/* Private: of the root of each function, the first item, the first with code, and where it is inlined first. */
	struct key_map first, first_body, first_node;
	bool has_roots, has_nodes;
};

/* Reads a unit of OBJ. BODIES begins as zeros but for the DIEs. 0 or -ENOMEM; unit_bodies__clear() in either case. */
int unit_bodies__read(struct unit_bodies *bodies, const struct objfile *obj);
void unit_bodies__clear(struct unit_bodies *bodies);

/* The ranges that hold ADDR, one after the other, as unit_index__at(). */
const struct body_range *unit_bodies__at(const struct unit_bodies *bodies, uint64_t addr,
					 const struct body_range *before);

/*
 * Sets *found to the index of the first item that belongs to the function whose origin is ROOT, with WITH_CODE to the
 * first one that has code. 0, -ENOENT or -ENOMEM.
 */
int unit_bodies__of(struct unit_bodies *bodies, Dwarf_Die *root, bool with_code, size_t *found);

/* Reads the tree of BODY in OBJ unless that was done. 0 or -ENOMEM. */
int unit_body__read(struct unit_body *body, const struct objfile *obj);

/*
 * Finds the first place where the function whose origin is ROOT was inlined: reads all trees. Sets *body to the index
 * of the item, and returns its node, or NULL: there is none, or memory is missing.
 */
const struct body_node *unit_bodies__inlined(struct unit_bodies *bodies, const struct objfile *obj, Dwarf_Die *root,
					     size_t *body);

#endif

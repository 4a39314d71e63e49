/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body_tree: an out-of-line body of a function, and the calls that are inlined in it, as a tree. */
#ifndef LPROF_BODY_TREE_H
#define LPROF_BODY_TREE_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/code_piece.h"
#include "elf/objfile.h"

#define BODY_NODE_NONE SIZE_MAX

struct body_node {
	Dwarf_Die die;
	struct code_piece code;
	size_t end; /* index behind its last descendant */
	/* For whoever reads the tree, BODY_NODE_NONE at first: of its function, and of its instance there. */
	size_t function, instance;
};

/* In the order of the debug information, so that what is in a node follows it. The first one is the body itself. */
struct body_tree {
	struct body_node *nodes;
	size_t n, capacity;
};

/*
 * Reads the body DIE of OBJ with its CODE, which is borrowed. What is inlined but is only a part of the function around
 * it (see function_part.h) is no node. TREE begins as zeros. 0 or -ENOMEM; body_tree__clear() in either case.
 */
int body_tree__read(struct body_tree *tree, const struct objfile *obj, Dwarf_Die *die, const struct code_piece *code);
void body_tree__clear(struct body_tree *tree);

/* The first node inside of the node with index AROUND whose code holds ADDR; BODY_NODE_NONE: there is none. */
size_t body_tree__inside(const struct body_tree *tree, size_t around, uint64_t addr);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/body_tree.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/grow.h"
#include "dwarf/die_block.h"
#include "dwarf/function_part.h"

enum { MAX_DEPTH = 256 };

/* Appends a node, which takes CODE. */
static int add_node(struct body_tree *tree, Dwarf_Die *die, const struct code_piece *code)
{
	int err = grow__one(&tree->nodes, &tree->capacity, tree->n, sizeof(*tree->nodes));

	if (err)
		return err;
	tree->nodes[tree->n++] = (struct body_node){
		.die = *die,
		.code = *code,
		.function = BODY_NODE_NONE,
		.instance = BODY_NODE_NONE,
	};
	return 0;
}

static int read_children(struct body_tree *tree, const struct objfile *obj, Dwarf_Die *die, Dwarf_Die *function,
			 unsigned depth);

/* Reads the inlined subroutine DIE in the subprogram or inlined subroutine FUNCTION. */
static int read_inlined(struct body_tree *tree, const struct objfile *obj, Dwarf_Die *die, Dwarf_Die *function,
			unsigned depth)
{
	struct code_piece code = {NULL, 0, 0};
	size_t node = BODY_NODE_NONE;
	int err = 0;

	if (!function_part__is_inlined(die, function))
		err = code_piece__read(obj, die, &code);
	if (!err && code.n_ranges) {
		node = tree->n;
		err = add_node(tree, die, &code);
	}
	if (err || !code.n_ranges)
		free(code.ranges);
	if (!err)
		err = read_children(tree, obj, die, die, depth);
	if (!err && node != BODY_NODE_NONE)
		tree->nodes[node].end = tree->n;
	return err;
}

static int read_children(struct body_tree *tree, const struct objfile *obj, Dwarf_Die *die, Dwarf_Die *function,
			 unsigned depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine)
			err = read_inlined(tree, obj, &child, function, depth + 1);
		else if (die_block__is(tag))
			err = read_children(tree, obj, &child, function, depth + 1);
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

int body_tree__read(struct body_tree *tree, const struct objfile *obj, Dwarf_Die *die, const struct code_piece *code)
{
	int err = add_node(tree, die, code);

	if (!err)
		err = read_children(tree, obj, die, die, 0);
	if (tree->n)
		tree->nodes[0].end = tree->n;
	return err;
}

void body_tree__clear(struct body_tree *tree)
{
	for (size_t i = 1; i < tree->n; i++)
		free(tree->nodes[i].code.ranges);
	free(tree->nodes);
	*tree = (struct body_tree){NULL, 0, 0};
}

size_t body_tree__inside(const struct body_tree *tree, size_t around, uint64_t addr)
{
	for (size_t i = around + 1; i < tree->nodes[around].end; i = tree->nodes[i].end)
		if (code_piece__holds(&tree->nodes[i].code, addr))
			return i;
	return BODY_NODE_NONE;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/unit_bodies.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/die_name.h"

enum { MAX_DEPTH = 256 };

static int add_range(struct unit_bodies *bodies, const struct addr_range *range, size_t body)
{
	int err = grow__one(&bodies->ranges, &bodies->ranges_capacity, bodies->n_ranges, sizeof(*bodies->ranges));

	if (!err)
		bodies->ranges[bodies->n_ranges++] = (struct body_range){*range, body};
	return err;
}

static int add_body(struct unit_bodies *bodies, const struct objfile *obj, Dwarf_Die *die)
{
	struct unit_body body = {.die = *die};
	int err = code_piece__read(obj, die, &body.code);

	if (!err)
		err = grow__one(&bodies->items, &bodies->capacity, bodies->n, sizeof(body));
	if (err) {
		free(body.code.ranges);
		return err;
	}
	bodies->items[bodies->n] = body;
	for (size_t i = 0; i < body.code.n_ranges && !err; i++)
		err = add_range(bodies, &body.code.ranges[i], bodies->n);
	bodies->n++;
	return err;
}

/* Whether functions may be defined below a DIE with this TAG. */
static bool may_define(int tag)
{
	switch (tag) {
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type:
		return true;
	default:
		return false;
	}
}

static int read_children(struct unit_bodies *bodies, const struct objfile *obj, Dwarf_Die *die, unsigned depth)
{
	Dwarf_Die child;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);
		bool is_function = tag == DW_TAG_subprogram && !dwarf_hasattr(&child, DW_AT_declaration);

		if (is_function)
			err = add_body(bodies, obj, &child);
		if (!err && (is_function || may_define(tag)))
			err = read_children(bodies, obj, &child, depth + 1);
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct body_range *left = a, *right = b;

	if (left->range.lo != right->range.lo)
		return left->range.lo < right->range.lo ? -1 : 1;
	return (left->body > right->body) - (left->body < right->body);
}

int unit_bodies__read(struct unit_bodies *bodies, const struct objfile *obj)
{
	int err = read_children(bodies, obj, &bodies->unit, 0);

	if (bodies->n_ranges)
		qsort(bodies->ranges, bodies->n_ranges, sizeof(*bodies->ranges), compare_ranges);
	return err;
}

void unit_bodies__clear(struct unit_bodies *bodies)
{
	for (size_t i = 0; i < bodies->n; i++) {
		body_tree__clear(&bodies->items[i].tree);
		free(bodies->items[i].code.ranges);
	}
	free(bodies->items);
	free(bodies->ranges);
	function_extents__release(&bodies->extents);
	key_map__clear(&bodies->first);
	key_map__clear(&bodies->first_body);
	key_map__clear(&bodies->first_node);
	*bodies = (struct unit_bodies){.n = 0};
}

/* Where several functions are one, their ranges begin at the same address; others do not overlap. */
const struct body_range *unit_bodies__at(const struct unit_bodies *bodies, uint64_t addr,
					 const struct body_range *before)
{
	size_t i = before ? (size_t)(before - bodies->ranges)
			  : SORTED_ABOVE(bodies->ranges, bodies->n_ranges, range.lo, addr);

	if (!i || (before && bodies->ranges[i - 1].range.lo != before->range.lo))
		return NULL;
	return addr < bodies->ranges[i - 1].range.hi ? &bodies->ranges[i - 1] : NULL;
}

static uint64_t root_key(Dwarf_Die *die)
{
	Dwarf_Die root = die_name__root(die);

	return (uint64_t)(uintptr_t)root.addr;
}

static int note_root(struct key_map *map, uint64_t key, size_t item)
{
	return key_map__get(map, key, NULL) ? 0 : key_map__set(map, key, item);
}

static int note_roots(struct unit_bodies *bodies)
{
	int err = 0;

	for (size_t i = 0; i < bodies->n && !err; i++) {
		uint64_t key = root_key(&bodies->items[i].die);

		err = note_root(&bodies->first, key, i);
		if (!err && bodies->items[i].code.n_ranges)
			err = note_root(&bodies->first_body, key, i);
	}
	bodies->has_roots = !err;
	return err;
}

int unit_bodies__of(struct unit_bodies *bodies, Dwarf_Die *root, bool with_code, size_t *found)
{
	uint64_t key = (uint64_t)(uintptr_t)root->addr;
	int err = bodies->has_roots ? 0 : note_roots(bodies);

	if (err)
		return err;
	return key_map__get(with_code ? &bodies->first_body : &bodies->first, key, found) ? 0 : -ENOENT;
}

int unit_body__read(struct unit_body *body, const struct objfile *obj)
{
	return body->tree.n ? 0 : body_tree__read(&body->tree, obj, &body->die, &body->code);
}

static int note_nodes(struct unit_bodies *bodies, const struct objfile *obj)
{
	int err = 0;

	for (size_t i = 0; i < bodies->n && !err; i++) {
		const struct body_tree *tree = &bodies->items[i].tree;

		err = unit_body__read(&bodies->items[i], obj);
		for (size_t k = 1; k < tree->n && !err; k++)
			err = note_root(&bodies->first_node, root_key(&tree->nodes[k].die), i);
	}
	bodies->has_nodes = !err;
	return err;
}

const struct body_node *unit_bodies__inlined(struct unit_bodies *bodies, const struct objfile *obj, Dwarf_Die *root,
					     size_t *body)
{
	uint64_t key = (uint64_t)(uintptr_t)root->addr;
	const struct body_tree *tree;

	if ((!bodies->has_nodes && note_nodes(bodies, obj)) || !key_map__get(&bodies->first_node, key, body))
		return NULL;
	tree = &bodies->items[*body].tree;
	for (size_t k = 1; k < tree->n; k++)
		if (root_key(&tree->nodes[k].die) == key)
			return &tree->nodes[k];
	return NULL;
}

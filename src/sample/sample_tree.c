// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample_tree.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"

#define MOST_NODES (1u << 20) /* some 70 MiB */
#define FEW_SLOTS  1024

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct sample_node *node)
{
	uint64_t hash = mix(node->frame.addr, node->frame.object);

	return mix(mix(hash, node->parent), node->owner);
}

static bool same(const struct sample_node *a, const struct sample_node *b)
{
	return a->frame.addr == b->frame.addr && a->frame.object == b->frame.object && a->parent == b->parent &&
	       a->owner == b->owner;
}

/* The slot that has the node, or the free one where it belongs. */
static uint32_t *find_slot(const struct sample_tree *tree, const struct sample_node *node)
{
	size_t i = hash_of(node) & (tree->n_slots - 1);

	while (tree->slots[i] && !same(&tree->nodes[tree->slots[i] - 1], node))
		i = (i + 1) & (tree->n_slots - 1);
	return &tree->slots[i];
}

/* Makes room for one more node, with at most half of the slots taken. */
static int reserve(struct sample_tree *tree)
{
	int err = grow__counted(&tree->nodes, tree->n, 1, sizeof(*tree->nodes));
	size_t n_slots = tree->n_slots ? 2 * tree->n_slots : FEW_SLOTS;
	uint32_t *slots;

	if (err || 2 * (tree->n + 1) <= tree->n_slots)
		return err;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(tree->slots);
	tree->slots = slots;
	tree->n_slots = n_slots;
	for (size_t i = 0; i < tree->n; i++)
		*find_slot(tree, &tree->nodes[i]) = (uint32_t)i + 1;
	return 0;
}

/* Finds or adds a node. *INDEX stays as it is when the tree has grown too large. */
static int enter(struct sample_tree *tree, const struct sample_node *node, uint32_t *index)
{
	uint32_t *slot;
	int err = reserve(tree);

	if (err)
		return err;
	slot = find_slot(tree, node);
	if (!*slot) {
		if (tree->n >= MOST_NODES)
			return -ENOSPC;
		tree->nodes[tree->n++] = *node;
		*slot = (uint32_t)tree->n;
	}
	*index = *slot - 1;
	return 0;
}

int sample_tree__enter(struct sample_tree *tree, uint32_t owner, const struct sample_frame *frames, size_t n,
		       uint32_t *node)
{
	int err = 0;

	*node = SAMPLE_TREE_NONE;
	while (!err && n) {
		struct sample_node next = {.frame = frames[--n], .parent = *node, .owner = owner};

		err = enter(tree, &next, node);
	}
	return err == -ENOSPC ? 0 : err;
}

void sample_tree__count(struct sample_tree *tree, uint32_t node, const struct sample_figures *figures)
{
	if (node == SAMPLE_TREE_NONE) {
		tree->lost += figures->samples;
		return;
	}
	tree->nodes[node].samples += figures->samples;
	tree->nodes[node].cpu_ns += figures->cpu_ns;
	tree->nodes[node].blocked_ns += figures->blocked_ns;
}

void sample_tree__release(struct sample_tree *tree)
{
	free(tree->nodes);
	free(tree->slots);
	*tree = (struct sample_tree){0};
}

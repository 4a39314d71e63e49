// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/function_tree.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/key_map.h"
#include "base/sort.h"

struct builder {
	struct function_tree *tree;
	size_t capacity;
	struct key_map known; /* from a parent and a function to a node */
};

static int find_or_add(struct builder *builder, uint32_t parent, uint32_t function, uint32_t *index)
{
	struct function_tree *tree = builder->tree;
	/* STACKS_NONE becomes 0 and 1, so that no key is 0. */
	uint64_t key = (uint64_t)(uint32_t)(parent + 1) << 32 | (uint32_t)(function + 2);
	size_t found;
	int err;

	if (key_map__get(&builder->known, key, &found)) {
		*index = (uint32_t)found;
		return 0;
	}
	err = grow__one(&tree->nodes, &builder->capacity, tree->n, sizeof(*tree->nodes));
	if (!err)
		err = key_map__set(&builder->known, key, tree->n);
	if (err)
		return err;
	*index = (uint32_t)tree->n++;
	tree->nodes[*index] = (struct function_tree_node){.parent = parent, .function = function};
	return 0;
}

/* Finds or adds the node with the parent and function of NODE, and adds the figures of NODE. */
static int add(struct builder *builder, const struct function_tree_node *node, uint32_t *index)
{
	int err = find_or_add(builder, node->parent, node->function, index);
	struct function_tree_node *sum;

	if (err)
		return err;
	sum = &builder->tree->nodes[*index];
	sum->samples += node->samples;
	sum->cpu_ns += node->cpu_ns;
	sum->blocked_ns += node->blocked_ns;
	return 0;
}

bool function_tree__has_owners(const struct stacks *stacks)
{
	return stacks->n_owners > 1 || (stacks->n_owners == 1 && (stacks->owners[0].pid || stacks->owners[0].has_rank));
}

/* Stores in *index the node below which the outermost functions of an owner are. */
static int add_owner(struct builder *builder, const struct stacks *stacks, uint32_t owner, uint32_t *index)
{
	*index = STACKS_NONE;
	if (!function_tree__has_owners(stacks))
		return 0;
	return find_or_add(builder, STACKS_NONE, (uint32_t)stacks->n_functions + owner, index);
}

/* Adds all nodes. `merged` gets the index of each node's node in the tree. */
static int add_all(struct builder *builder, const struct stacks *stacks, uint32_t *merged)
{
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		const struct stack_node *node = &stacks->nodes[i];
		struct function_tree_node figures = {.function = node->function,
						     .samples = node->samples,
						     .cpu_ns = node->cpu_ns,
						     .blocked_ns = node->blocked_ns};
		int err = 0;

		if (node->parent == STACKS_NONE)
			err = add_owner(builder, stacks, node->owner, &figures.parent);
		else
			figures.parent = merged[node->parent];
		if (!err)
			err = add(builder, &figures, &merged[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Sets `through` of each node to the time that went through it. */
static void sum_up(const struct function_tree *tree, uint64_t *through)
{
	for (size_t i = 0; i < tree->n; i++)
		through[i] = tree->nodes[i].cpu_ns + tree->nodes[i].blocked_ns;
	for (size_t i = tree->n; i-- > 0;)
		if (tree->nodes[i].parent != STACKS_NONE)
			through[tree->nodes[i].parent] += through[i];
}

/*
 * Adds the nodes of WHOLE through which more than LIMIT went. The figures of the others go to one node for each caller:
 * that of a node's nearest caller that is kept. A caller has at least the time of what it calls, so the callers of a
 * kept node are kept as well. `kept` gets the index of each node's node.
 */
static int shorten(const struct function_tree *whole, const uint64_t *through, uint64_t limit, uint32_t *kept,
		   struct builder *builder)
{
	for (size_t i = 0; i < whole->n; i++) {
		struct function_tree_node figures = whole->nodes[i];
		uint32_t caller = figures.parent;
		int err;

		while (caller != STACKS_NONE && through[caller] <= limit)
			caller = whole->nodes[caller].parent;
		figures.parent = caller == STACKS_NONE ? STACKS_NONE : kept[caller];
		if (through[i] <= limit)
			figures.function = STACKS_NONE;
		err = add(builder, &figures, &kept[i]);
		if (err)
			return err;
	}
	return 0;
}

static int keep_most(struct function_tree *tree, size_t most)
{
	struct function_tree shortened = {0};
	struct builder builder = {.tree = &shortened};
	uint64_t *through = calloc(tree->n, sizeof(*through)), *sorted = calloc(tree->n, sizeof(*sorted));
	uint32_t *kept = calloc(tree->n, sizeof(*kept));
	int err = -ENOMEM;

	if (through && sorted && kept) {
		sum_up(tree, through);
		sum_up(tree, sorted);
		sort__u64(sorted, tree->n);
		err = shorten(tree, through, sorted[tree->n - most - 1], kept, &builder);
		function_tree__clear(tree);
		*tree = shortened;
	}
	free(through);
	free(sorted);
	free(kept);
	key_map__clear(&builder.known);
	return err;
}

int function_tree__of(const struct stacks *stacks, size_t most, struct function_tree *tree)
{
	struct builder builder = {.tree = tree};
	uint32_t *merged = calloc(stacks->n_nodes + 1, sizeof(*merged));
	int err = -ENOMEM;

	*tree = (struct function_tree){0};
	if (merged)
		err = add_all(&builder, stacks, merged);
	free(merged);
	key_map__clear(&builder.known);
	return err || tree->n <= most ? err : keep_most(tree, most);
}

void function_tree__clear(struct function_tree *tree)
{
	free(tree->nodes);
	*tree = (struct function_tree){0};
}

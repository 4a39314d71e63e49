/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_tree: sampled stacks as a tree of functions, without their lines: the nodes of one caller that differ only
 * in line are one. Pure.
 */
#ifndef LPROF_FUNCTION_TREE_H
#define LPROF_FUNCTION_TREE_H

#include "profile/stacks.h"

struct function_tree_node {
	uint32_t parent; /* index of the caller's node, which is smaller than this node's own; or STACKS_NONE */
	/*
	 * Index of a function. The outermost node of an owner, where figures are kept apart, has the number of
	 * functions plus the owner's index. STACKS_NONE: all the calls that were too short to have nodes.
	 */
	uint32_t function;
	uint64_t samples, cpu_ns, blocked_ns; /* what ended in this node, rather than in one further inside */
};

struct function_tree {
	struct function_tree_node *nodes;
	size_t n;
};

/*
 * Fills TREE, which function_tree__clear() releases afterwards in any case. At most MOST nodes of functions are kept,
 * those that most time went through, so that a large tree does not make a page too large. 0 or -ENOMEM.
 */
int function_tree__of(const struct stacks *stacks, size_t most, struct function_tree *tree);
void function_tree__clear(struct function_tree *tree);

/* Whether the stacks of several owners are kept apart. */
bool function_tree__has_owners(const struct stacks *stacks);

#endif

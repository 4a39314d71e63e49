/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample_tree: sampled stacks by the addresses of their frames, as a tree of calls. What the addresses mean is looked
 * up later; see sample_names.h. Pure.
 */
#ifndef LPROF_SAMPLE_TREE_H
#define LPROF_SAMPLE_TREE_H

#include <stddef.h>
#include <stdint.h>

#define SAMPLE_TREE_NONE 0xffffffffu /* no node: the parent of an outermost one */

/* Values of sample_frame.object that are no index of an object. */
#define SAMPLE_KERNEL	   0xffffffffu /* a system call was under way */
#define SAMPLE_UNKNOWN	   0xfffffffeu /* code of no object that could be read */
#define SAMPLE_INTERPRETED 0x80000000u /* interpreted code; see sample_reader.h */

struct sample_frame {
	uint64_t addr;	 /* vaddr, of the interrupted instruction or within that of the call */
	uint32_t object; /* index, or one of the above */
};

struct sample_node {
	struct sample_frame frame;
	uint32_t parent; /* index of the caller's node, smaller than this one's */
	uint32_t owner;
	uint64_t samples; /* that ended here, as do the next two */
	uint64_t cpu_ns;
	uint64_t blocked_ns;
};

struct sample_tree {
	struct sample_node *nodes;
	size_t n;
	uint32_t *slots; /* private: a hash table of indexes of nodes, plus one */
	size_t n_slots;
	uint64_t lost; /* samples that found no room */
};

/*
 * Finds or adds the node of a stack of N frames, the innermost one first, of OWNER. A tree that has grown too large
 * gets no new nodes: *NODE is then that of the innermost frame that it has, or SAMPLE_TREE_NONE. 0 or -ENOMEM.
 */
int sample_tree__enter(struct sample_tree *tree, uint32_t owner, const struct sample_frame *frames, size_t n,
		       uint32_t *node);

/* What samples stand for. */
struct sample_figures {
	uint64_t samples, cpu_ns, blocked_ns;
};

/* Adds to the figures of a node. With SAMPLE_TREE_NONE, the samples count as lost. */
void sample_tree__count(struct sample_tree *tree, uint32_t node, const struct sample_figures *figures);
void sample_tree__release(struct sample_tree *tree);

#endif

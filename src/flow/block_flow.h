/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block_flow: how often control took which way between the blocks of a body, and searches along these ways. Pure. */
#ifndef LPROF_BLOCK_FLOW_H
#define LPROF_BLOCK_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/attribute.h"

struct block_arc {
	uint32_t block; /* where it leads; CFG_NONE: there is no such arc */
	uint64_t count; /* times control took it */
};

/* What follows the last instruction of BLOCK: the next block in memory (which 0), or the branch target (which 1). */
struct block_arc block_flow__successor(const struct attribution *attribution, uint32_t block, uint32_t which);

/* Whether instruction INSN ends its block with a jump to other code of the body. */
bool block_flow__leads_on(const struct cfg *cfg, uint32_t insn);

/* The working memory of a search; to be used for one search after the other. */
struct block_search {
	uint8_t *state;	    /* per block; private */
	uint32_t *stack;    /* the blocks on the path that the search is on, from its start */
	uint32_t *next;	    /* per depth; private */
	uint32_t *depth_of; /* per block on the path: its index in the stack */
	uint32_t depth;	    /* index of the last block on the path */
	/* Private: how much of each arc's count is in cycles that were found, and the search for a way. */
	uint64_t *used, *least;
	uint32_t *queue, *before, *by;
};

int block_search__init(struct block_search *search, uint32_t n_blocks); /* 0 or -ENOMEM */
void block_search__release(struct block_search *search);

/*
 * Numbers the blocks in reverse postorder, so that a loop's number is lowest where the program enters it. The searches
 * begin at the body's roots. Padding, which nothing leads to, is numbered last.
 */
void block_search__number(struct block_search *search, const struct cfg *cfg, uint32_t *order);

/* What is to be done after a block on the way back: look behind it, not behind it, or at none any more. */
enum block_search_next { BLOCK_SEARCH_BEHIND, BLOCK_SEARCH_ELSEWHERE, BLOCK_SEARCH_END };

/*
 * Calls FN with each block from which control comes to BLOCK, directly or through others for which FN returned
 * BLOCK_SEARCH_BEHIND, each once and BLOCK itself not. With EXECUTED, only arcs that control took count.
 */
void block_search__back(struct block_search *search, const struct attribution *attribution, uint32_t block,
			bool executed, enum block_search_next (*fn)(void *ctx, uint32_t from), void *ctx);

/* The blocks among which block_search__cycles() searches, and what it asks. */
struct block_group {
	const uint32_t *blocks; /* in the order of their numbers */
	uint32_t n;
	/* The WHICH-th arc from BLOCK, 0 and up. Returns false when there are no more; arc->block may be CFG_NONE. */
	bool (*arc)(void *ctx, uint32_t block, uint32_t which, struct block_arc *arc);
	/*
	 * Whether a cycle counts: it consists of the blocks on search->stack from index FROM on, and of the WHICH-th
	 * arc of the last of them.
	 */
	bool (*counts)(void *ctx, const struct block_search *search, uint32_t from, uint32_t which);
	void *ctx;
};

/*
 * How often control went round a cycle that lies entirely within GROUP and counts. Where ways that stay in the group
 * and ways that leave it and come back share the arc that closes the cycle, it is as often as the group's arcs allow.
 */
uint64_t block_search__cycles(struct block_search *search, const struct block_group *group);

#endif

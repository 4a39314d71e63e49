// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/block_flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum state { FOREIGN, UNSEEN, ON_PATH, DONE };

/* Kept for each block: its two arcs, and the one by which a dispatcher leads to it. */
#define ARCS 3

struct block_arc block_flow__successor(const struct attribution *attribution, uint32_t block, uint32_t which)
{
	const struct cfg *cfg = attribution->plan->cfg;
	uint32_t last = cfg->blocks[block].last;
	uint32_t to = which ? cfg->insns[last].taken : cfg->insns[last].next;

	if (to == CFG_NONE)
		return (struct block_arc){CFG_NONE, 0};
	return (struct block_arc){cfg->insns[to].block, which ? attribution->taken[last] : attribution->next[last]};
}

bool block_flow__leads_on(const struct cfg *cfg, uint32_t insn)
{
	const struct cfg_insn *at = &cfg->insns[insn];

	return cfg->blocks[at->block].last == insn && at->insn.flow == INSN_FLOW_JUMP && at->taken != CFG_NONE;
}

int block_search__init(struct block_search *search, uint32_t n_blocks)
{
	*search = (struct block_search){
		.state = calloc(n_blocks + 1, sizeof(*search->state)),
		.stack = calloc(n_blocks + 1, sizeof(*search->stack)),
		.next = calloc(n_blocks + 1, sizeof(*search->next)),
		.depth_of = calloc(n_blocks + 1, sizeof(*search->depth_of)),
		.used = calloc(ARCS * (size_t)(n_blocks + 1), sizeof(*search->used)),
		.least = calloc(n_blocks + 1, sizeof(*search->least)),
		.queue = calloc(n_blocks + 1, sizeof(*search->queue)),
		.before = calloc(n_blocks + 1, sizeof(*search->before)),
		.by = calloc(n_blocks + 1, sizeof(*search->by)),
	};
	if (search->state && search->stack && search->next && search->depth_of && search->used && search->least &&
	    search->queue && search->before && search->by)
		return 0;
	block_search__release(search);
	return -ENOMEM;
}

void block_search__release(struct block_search *search)
{
	free(search->state);
	free(search->stack);
	free(search->next);
	free(search->depth_of);
	free(search->used);
	free(search->least);
	free(search->queue);
	free(search->before);
	free(search->by);
	*search = (struct block_search){0};
}

static void enter(struct block_search *search, uint32_t depth, uint32_t block)
{
	search->depth = depth;
	search->stack[depth] = block;
	search->next[depth] = 0;
	search->depth_of[block] = depth;
	search->state[block] = ON_PATH;
}

/* Leaves the last block on the path. Returns whether the path is empty now. */
static bool leave(struct block_search *search)
{
	search->state[search->stack[search->depth]] = DONE;
	return !search->depth--;
}

/* Numbers the blocks reachable from START that have no number yet, in postorder counted down from *next. */
static void number_from(struct block_search *search, const struct cfg *cfg, uint32_t start, uint32_t *order,
			uint32_t *next)
{
	bool done = search->state[start] != UNSEEN;

	if (!done)
		enter(search, 0, start);
	while (!done) {
		uint32_t block = search->stack[search->depth];
		const struct cfg_insn *last = &cfg->insns[cfg->blocks[block].last];
		uint32_t which = search->next[search->depth]++;
		uint32_t to, n_throws;
		const struct cfg_throw *throws = cfg__throws(cfg, block, &n_throws);

		if (which == 2 + n_throws) {
			order[block] = --*next;
			done = leave(search);
			continue;
		}
		to = which > 1 ? throws[which - 2].pad : which ? last->taken : last->next;
		if (to != CFG_NONE && search->state[cfg->insns[to].block] == UNSEEN)
			enter(search, search->depth + 1, cfg->insns[to].block);
	}
}

/* Whether control comes to the instruction from known calls, when these throw, and from no unknown place. */
static bool is_thrown_to(const struct cfg_insn *insn)
{
	return insn->thrown_to && insn->root == CFG_ROOT_PAD;
}

void block_search__number(struct block_search *search, const struct cfg *cfg, uint32_t *order)
{
	uint32_t next = cfg->n_blocks;

	for (uint32_t block = 0; block < cfg->n_blocks; block++) {
		search->state[block] = UNSEEN;
		/* Padding comes last: a search that began there would take its way into a loop for the loop's entry. */
		order[block] = cfg->n_blocks;
	}
	/* Later searches get smaller numbers, so the entry goes last. Pads that it does not lead to are dead code. */
	for (uint32_t block = cfg->n_blocks; block-- > 0;) {
		const struct cfg_insn *first = &cfg->insns[cfg->blocks[block].first];

		if (first->root && !(first->root & CFG_ROOT_ENTRY) && !is_thrown_to(first))
			number_from(search, cfg, block, order, &next);
	}
	number_from(search, cfg, cfg->insns[cfg->entry].block, order, &next);
	for (uint32_t block = cfg->n_blocks; block-- > 0;)
		if (is_thrown_to(&cfg->insns[cfg->blocks[block].first]))
			number_from(search, cfg, block, order, &next);
	for (uint32_t block = 0; block < cfg->n_blocks; block++)
		search->state[block] = FOREIGN;
}

/* The arc from BLOCK as an index of `used`. */
static uint32_t index_of(uint32_t block, uint32_t which, const struct block_arc *arc)
{
	return which < 2 ? ARCS * block + which : ARCS * arc->block + 2;
}

static uint64_t left_of(const struct block_search *search, uint32_t index, const struct block_arc *arc)
{
	return arc->count > search->used[index] ? arc->count - search->used[index] : 0;
}

/* Goes on from BLOCK, which was reached, to all blocks of the group to which arcs lead that are not used up. */
static uint32_t reach(struct block_search *search, const struct block_group *group, uint32_t block, uint32_t n)
{
	struct block_arc arc;

	for (uint32_t which = 0; group->arc(group->ctx, block, which, &arc); which++) {
		uint32_t index;
		uint64_t left;

		if (arc.block == CFG_NONE || search->state[arc.block] == FOREIGN ||
		    search->before[arc.block] != CFG_NONE)
			continue;
		index = index_of(block, which, &arc);
		left = left_of(search, index, &arc);
		if (!left)
			continue;
		search->before[arc.block] = block;
		search->by[arc.block] = index;
		search->least[arc.block] = left < search->least[block] ? left : search->least[block];
		search->queue[n++] = arc.block;
	}
	return n;
}

/* Looks for a way from block FROM to TO within the group. Returns how often it can be gone. */
static uint64_t find_way(struct block_search *search, const struct block_group *group, uint32_t from, uint32_t to)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < group->n; k++)
		search->before[group->blocks[k]] = CFG_NONE;
	search->before[from] = from;
	search->least[from] = UINT64_MAX;
	search->queue[n++] = from;
	for (uint32_t at = 0; at < n && search->before[to] == CFG_NONE; at++)
		n = reach(search, group, search->queue[at], n);
	return search->before[to] == CFG_NONE ? 0 : search->least[to];
}

/*
 * How often control went from block FROM to TO within the group and then back by the arc CLOSING, whose index is INDEX:
 * ways are found one after the other, and what of the arcs' counts is in them is not used for others.
 */
static uint64_t go_round(struct block_search *search, const struct block_group *group, uint32_t from, uint32_t to,
			 uint32_t index, const struct block_arc *closing)
{
	uint64_t left = left_of(search, index, closing), rounds = 0, times = 1;

	while (left && times) {
		times = find_way(search, group, from, to);
		if (times > left)
			times = left;
		for (uint32_t block = to; times && block != from; block = search->before[block])
			search->used[search->by[block]] += times;
		rounds += times;
		left -= times;
	}
	search->used[index] += rounds;
	return rounds;
}

/* Searches from START through the unseen blocks of the group. */
static uint64_t cycles_from(struct block_search *search, const struct block_group *group, uint32_t start)
{
	uint64_t cycles = 0;
	bool done = false;

	enter(search, 0, start);
	while (!done) {
		uint32_t which = search->next[search->depth]++;
		struct block_arc arc;

		if (!group->arc(group->ctx, search->stack[search->depth], which, &arc)) {
			done = leave(search);
			continue;
		}
		if (arc.block == CFG_NONE)
			continue;
		if (search->state[arc.block] == ON_PATH &&
		    group->counts(group->ctx, search, search->depth_of[arc.block], which))
			cycles += go_round(search, group, arc.block, search->stack[search->depth],
					   index_of(search->stack[search->depth], which, &arc), &arc);
		if (search->state[arc.block] == UNSEEN)
			enter(search, search->depth + 1, arc.block);
	}
	return cycles;
}

uint64_t block_search__cycles(struct block_search *search, const struct block_group *group)
{
	uint64_t cycles = 0;

	for (uint32_t k = 0; k < group->n; k++) {
		search->state[group->blocks[k]] = UNSEEN;
		memset(&search->used[ARCS * (size_t)group->blocks[k]], 0, ARCS * sizeof(*search->used));
	}
	for (uint32_t k = 0; k < group->n; k++)
		if (search->state[group->blocks[k]] == UNSEEN)
			cycles += cycles_from(search, group, group->blocks[k]);
	for (uint32_t k = 0; k < group->n; k++)
		search->state[group->blocks[k]] = FOREIGN;
	return cycles;
}

void block_search__back(struct block_search *search, const struct attribution *attribution, uint32_t block,
			bool executed, enum block_search_next (*fn)(void *ctx, uint32_t from), void *ctx)
{
	uint32_t n_blocks = attribution->plan->cfg->n_blocks, n = 0;

	for (uint32_t k = 0; k < n_blocks; k++)
		search->state[k] = k == block;
	search->queue[n++] = block;
	for (uint32_t at = 0; at < n; at++)
		for (uint32_t k = 0; k < 2 * n_blocks; k++) {
			struct block_arc arc = block_flow__successor(attribution, k / 2, k % 2);
			enum block_search_next next;

			if (arc.block != search->queue[at] || (executed && !arc.count) || search->state[k / 2])
				continue;
			search->state[k / 2] = 1;
			next = fn(ctx, k / 2);
			if (next == BLOCK_SEARCH_END)
				return;
			if (next == BLOCK_SEARCH_BEHIND)
				search->queue[n++] = k / 2;
		}
}

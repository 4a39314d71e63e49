// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. When blocks are numbered in reverse postorder, an arc that does not lead to a higher number closes a cycle.
 * Where it leads is the head of a loop, and the loop is all blocks from which control can come to the arc without
 * passing the head: they are found by going backwards from the arc. If that comes to a block that is numbered before
 * the head, control can enter the cycle elsewhere; or if it comes to a root, from outside of the known arcs. A landing
 * pad is come to from the calls that may throw to it.
 */
#include "flow/loops.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/block_flow.h"

/* Blocks of all loops that are looked at. Only a body made for that, with loops in loops in loops, has more. */
#define MOST_WORK (1u << 24)

struct finder {
	const struct cfg *cfg;
	uint32_t *order;
	uint32_t *first_pred; /* per block, and one more: its predecessors begin there */
	uint32_t *preds;
	uint32_t *found; /* blocks of the loop at hand */
	uint32_t n_found;
	uint32_t *seen; /* per block: the loop that found it last, from 1 on */
};

static uint32_t successor(const struct cfg *cfg, uint32_t block, bool taken)
{
	const struct cfg_insn *last = &cfg->insns[cfg->blocks[block].last];
	uint32_t to = taken ? last->taken : last->next;

	return to == CFG_NONE ? CFG_NONE : cfg->insns[to].block;
}

/* Adds the arc from block FROM to block TO, or counts it in the first PASS. */
static void add_arc(struct finder *f, int pass, uint32_t from, uint32_t to)
{
	/* Filled from the end of each block's part, so that `first_pred` is its start then. */
	if (!pass)
		f->first_pred[to]++;
	else
		f->preds[--f->first_pred[to]] = from;
}

static void list_predecessors(struct finder *f)
{
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
			uint32_t to = successor(f->cfg, k / 2, k % 2);

			if (to != CFG_NONE)
				add_arc(f, pass, k / 2, to);
		}
		for (uint32_t k = 0; k < f->cfg->n_throws; k++)
			add_arc(f, pass, f->cfg->insns[f->cfg->throws[k].call].block,
				f->cfg->insns[f->cfg->throws[k].pad].block);
		for (uint32_t block = 0; !pass && block < f->cfg->n_blocks; block++)
			f->first_pred[block + 1] += f->first_pred[block];
	}
}

static void take(struct finder *f, uint32_t block, uint32_t loop)
{
	if (f->seen[block] == loop)
		return;
	f->seen[block] = loop;
	f->found[f->n_found++] = block;
}

/* Finds the blocks of the loop whose head is HEAD; their number is 0 when HEAD is none. LOOP numbers the loops. */
static uint32_t find_blocks(struct finder *f, uint32_t head, uint32_t loop)
{
	f->n_found = 0;
	take(f, head, loop);
	for (uint32_t k = f->first_pred[head]; k < f->first_pred[head + 1]; k++)
		if (f->order[f->preds[k]] >= f->order[head] && f->order[f->preds[k]] < f->cfg->n_blocks)
			take(f, f->preds[k], loop);
	if (f->n_found == 1) {
		for (uint32_t k = f->first_pred[head]; k < f->first_pred[head + 1]; k++)
			if (f->preds[k] == head)
				return 1;
		return 0;
	}
	for (uint32_t at = 1; at < f->n_found; at++) {
		uint32_t block = f->found[at];
		const struct cfg_insn *first = &f->cfg->insns[f->cfg->blocks[block].first];

		if (f->order[block] < f->order[head] ||
		    (first->root && !(first->root == CFG_ROOT_PAD && first->thrown_to)))
			return 0;
		for (uint32_t k = f->first_pred[block]; k < f->first_pred[block + 1]; k++)
			take(f, f->preds[k], loop);
	}
	return f->n_found;
}

static int compare_blocks(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return (a > b) - (a < b);
}

static int keep(struct finder *f, uint32_t head, struct loop_list *out)
{
	uint32_t *blocks = calloc(f->n_found, sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	out->pieces[out->n] = blocks;
	out->items[out->n++] = (struct loop){head, blocks, f->n_found};
	for (uint32_t k = 0; k < f->n_found; k++) {
		uint32_t *innermost = &out->innermost[f->found[k]];

		blocks[k] = f->found[k];
		if (!*innermost || f->n_found <= out->items[*innermost - 1].n)
			*innermost = (uint32_t)out->n;
	}
	qsort(blocks, f->n_found, sizeof(*blocks), compare_blocks);
	return 0;
}

/* Puts the loops, which were found from the last head to the first, into the order of their heads. */
static void turn_round(struct loop_list *list, uint32_t n_blocks)
{
	for (size_t k = 0; k < list->n / 2; k++) {
		struct loop loop = list->items[k];
		uint32_t *piece = list->pieces[k];

		list->items[k] = list->items[list->n - 1 - k];
		list->items[list->n - 1 - k] = loop;
		list->pieces[k] = list->pieces[list->n - 1 - k];
		list->pieces[list->n - 1 - k] = piece;
	}
	for (uint32_t block = 0; block < n_blocks; block++)
		if (list->innermost[block])
			list->innermost[block] = (uint32_t)list->n + 1 - list->innermost[block];
}

/* Inner loops mostly have the later heads, so it is the outer ones that are left out when there are too many. */
static int find_all(struct finder *f, struct loop_list *out)
{
	struct block_search search;
	uint64_t work = 0;
	int err = block_search__init(&search, f->cfg->n_blocks);

	if (err)
		return err;
	block_search__number(&search, f->cfg, f->order);
	block_search__release(&search);
	list_predecessors(f);
	for (uint32_t head = f->cfg->n_blocks; !err && head-- > 0 && work < MOST_WORK;) {
		if (find_blocks(f, head, head + 1))
			err = keep(f, head, out);
		work += f->n_found;
	}
	turn_round(out, f->cfg->n_blocks);
	return err;
}

int loops__find(const struct cfg *cfg, struct loop_list *out)
{
	struct finder f = {
		.cfg = cfg,
		.order = calloc(cfg->n_blocks, sizeof(*f.order)),
		.first_pred = calloc((size_t)cfg->n_blocks + 1, sizeof(*f.first_pred)),
		.preds = calloc(2 * (size_t)cfg->n_blocks + cfg->n_throws, sizeof(*f.preds)),
		.found = calloc(cfg->n_blocks, sizeof(*f.found)),
		.seen = calloc(cfg->n_blocks, sizeof(*f.seen)),
	};
	int err = -ENOMEM;

	*out = (struct loop_list){
		.items = calloc(cfg->n_blocks, sizeof(*out->items)),
		.pieces = calloc(cfg->n_blocks, sizeof(*out->pieces)),
		.innermost = calloc(cfg->n_blocks, sizeof(*out->innermost)),
	};
	if (f.order && f.first_pred && f.preds && f.found && f.seen && out->items && out->pieces && out->innermost)
		err = find_all(&f, out);
	free(f.order);
	free(f.first_pred);
	free(f.preds);
	free(f.found);
	free(f.seen);
	return err;
}

void loops__release(struct loop_list *list)
{
	for (size_t k = 0; k < list->n; k++)
		free(list->pieces[k]);
	free(list->pieces);
	free(list->items);
	free(list->innermost);
	*list = (struct loop_list){.items = NULL};
}

bool loop__contains(const struct loop *loop, uint32_t block)
{
	return bsearch(&block, loop->blocks, loop->n, sizeof(block), compare_blocks) != NULL;
}

const struct loop *loops__innermost(const struct loop_list *list, uint32_t block)
{
	return list->innermost[block] ? &list->items[list->innermost[block] - 1] : NULL;
}

bool loops__is_innermost(const struct loop_list *list, const struct loop *loop)
{
	for (uint32_t k = 0; k < loop->n; k++)
		if (loops__innermost(list, loop->blocks[k]) != loop)
			return false;
	return true;
}

void loop__mark(const struct loop *loop, bool *inside, bool is)
{
	for (uint32_t i = 0; i < loop->n; i++)
		inside[loop->blocks[i]] = is;
}

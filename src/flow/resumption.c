// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The body in which a coroutine goes on begins with code that jumps to where the coroutine waited: the
 * dispatcher. It and the common way out are on the lines of the declaration and the braces. All blocks with code
 * of these lines alone, and without calls, that control gets to from the entry through such blocks are taken for the
 * dispatcher's. When control leaves the dispatcher to a line, the coroutine had left that line before to wait. So this
 * is no new hit of the line.
 */
#include "flow/resumption.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "flow/block_flow.h"

struct dispatcher {
	const struct attribution *a;
	const struct cfg *cfg;
	struct line_code *code;
	uint32_t first, last, entry; /* lines of the declaration, the closing brace, the beginning of the body */
	bool *own;		     /* per block: of the dispatcher, and control gets there from it alone */
	bool *holds;		     /* per block */
	struct line_hits_list *again;
};

/* The line on which BLOCK begins, or 0: a call that resumes a waiting without a line leads to the lines behind it. */
static uint32_t line_of(const struct dispatcher *d, uint32_t block)
{
	for (uint32_t i = d->cfg->blocks[block].first; i <= d->cfg->blocks[block].last; i++) {
		if (d->code->lines[i].line && !d->code->lines[i].quiet)
			return d->code->lines[i].line;
		if (d->cfg->insns[i].insn.lng != INSN_SHORT)
			return 0;
	}
	return 0;
}

static bool may_hold(const struct dispatcher *d, uint32_t block)
{
	for (uint32_t i = d->cfg->blocks[block].first; i <= d->cfg->blocks[block].last; i++) {
		uint32_t line = d->code->lines[i].quiet ? 0 : d->code->lines[i].line;

		if (d->cfg->insns[i].insn.lng != INSN_SHORT ||
		    (line && line != d->first && line != d->last && line != d->entry))
			return false;
	}
	return true;
}

static void find_blocks(struct dispatcher *d)
{
	bool changed = true;
	uint32_t entry = d->cfg->insns[d->cfg->entry].block;

	d->holds[entry] = may_hold(d, entry);
	while (changed) {
		changed = false;
		for (uint32_t block = 0; block < d->cfg->n_blocks; block++) {
			for (uint32_t which = 0; which < 2 && d->holds[block]; which++) {
				uint32_t to = block_flow__successor(d->a, block, which).block;

				if (to == CFG_NONE || d->holds[to] || !may_hold(d, to))
					continue;
				d->holds[to] = changed = true;
			}
		}
	}
}

/* Of what the dispatcher holds, control gets to some in other ways as well, such as the common way out. */
static void find_own(const struct dispatcher *d)
{
	bool changed = true;

	memcpy(d->own, d->holds, d->cfg->n_blocks * sizeof(*d->own));
	while (changed) {
		changed = false;
		for (uint32_t block = 0; block < d->cfg->n_blocks; block++) {
			for (uint32_t which = 0; which < 2 && !d->own[block]; which++) {
				uint32_t to = block_flow__successor(d->a, block, which).block;

				if (to == CFG_NONE || !d->own[to])
					continue;
				d->own[to] = false;
				changed = true;
			}
		}
	}
}

static void hide(const struct dispatcher *d)
{
	for (uint32_t i = 0; i < d->cfg->n_insns; i++)
		if (d->holds[d->cfg->insns[i].block])
			d->code->lines[i].line = 0;
}

/* Notes that the coroutine went on N times in BLOCK. Where statements are marked, going on passes no mark. */
static int note(const struct dispatcher *d, uint32_t block, uint64_t n)
{
	const struct line_hits item = {.line = line_of(d, block), .hits = n};

	if (!n || !item.line)
		return 0;
	for (size_t k = 0; k < d->code->n_marks; k++)
		if (d->code->marks[k].line == item.line)
			return 0;
	if (grow__counted(&d->again->items, d->again->n, 1, sizeof(*d->again->items)))
		return -ENOMEM;
	d->again->items[d->again->n++] = item;
	return 0;
}

static int leave(const struct dispatcher *d)
{
	int err = 0;

	for (uint32_t block = 0; !err && block < d->cfg->n_blocks; block++) {
		uint32_t first = d->cfg->blocks[block].first;

		for (uint32_t which = 0; !err && which < 2 && d->holds[block]; which++) {
			struct block_arc arc = block_flow__successor(d->a, block, which);

			if (arc.block == CFG_NONE || d->holds[arc.block])
				continue;
			/* What the compiler adds at the end of a coroutine is on the closing brace. */
			if (d->own[block] || line_of(d, arc.block) == d->last)
				err = note(d, arc.block, arc.count);
		}
		/* An indirect jump of the dispatcher leads to every root of its kind. */
		if (!err && !d->holds[block] && d->cfg->insns[first].root & CFG_ROOT_INDIRECT)
			err = note(d, block, d->a->rooted[first]);
	}
	return err;
}

int resumption__find(const struct attribution *attribution, struct line_code *code, uint32_t first, uint32_t last,
		     struct line_hits_list *again)
{
	struct dispatcher d = {.a = attribution, .cfg = attribution->plan->cfg, .code = code, .again = again};
	int err;

	d.first = first;
	d.last = last;
	d.entry = code->lines[d.cfg->entry].line;
	d.holds = calloc(d.cfg->n_blocks, sizeof(*d.holds));
	d.own = calloc(d.cfg->n_blocks, sizeof(*d.own));
	if (!d.holds || !d.own) {
		free(d.holds);
		free(d.own);
		return -ENOMEM;
	}
	find_blocks(&d);
	hide(&d);
	find_own(&d);
	err = leave(&d);
	free(d.holds);
	free(d.own);
	return err;
}

void resumption__forget(const struct line_hits_list *again, struct line_hits_list *hits)
{
	for (size_t k = 0; k < again->n; k++) {
		for (size_t i = 0; i < hits->n; i++) {
			struct line_hits *item = &hits->items[i];

			if (item->line == again->items[k].line)
				item->hits -= item->hits < again->items[k].hits ? item->hits : again->items[k].hits;
		}
	}
}

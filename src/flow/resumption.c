// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The body in which a coroutine goes on begins with code that jumps to where the coroutine waited: the
 * dispatcher. It and the common way out are on the lines of the declaration and the braces. All blocks with code
 * of these lines alone, and without calls, that control gets to from the entry through such blocks are taken for the
 * dispatcher's. When control leaves the dispatcher to a line, and the coroutine left that line before to wait, this is
 * no new hit of the line. A line is left to wait where code of it leads out of the body, through code of the
 * declaration and the braces at most. Optimised code may have nothing left to do in the line of the waiting, and goes
 * on in the line behind it. That is a hit.
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
	bool *ends; /* per block: control leaves the body from it, with no code of other lines before */
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

static bool is_frame_line(const struct dispatcher *d, uint32_t line)
{
	return line == d->first || line == d->last || line == d->entry;
}

static bool may_hold(const struct dispatcher *d, uint32_t block)
{
	for (uint32_t i = d->cfg->blocks[block].first; i <= d->cfg->blocks[block].last; i++) {
		uint32_t line = d->code->lines[i].quiet ? 0 : d->code->lines[i].line;

		if (d->cfg->insns[i].insn.lng != INSN_SHORT || (line && !is_frame_line(d, line)))
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

/* The last line of BLOCK that is not one of the declaration or the braces, or 0. */
static uint32_t last_line_of(const struct dispatcher *d, uint32_t block)
{
	for (uint32_t i = d->cfg->blocks[block].last + 1; i-- > d->cfg->blocks[block].first;)
		if (d->code->lines[i].line && !d->code->lines[i].quiet && !is_frame_line(d, d->code->lines[i].line))
			return d->code->lines[i].line;
	return 0;
}

/* To be called when the dispatcher's lines are hidden. */
static void find_ends(const struct dispatcher *d)
{
	bool changed = true;

	for (uint32_t block = 0; block < d->cfg->n_blocks; block++)
		d->ends[block] = block_flow__successor(d->a, block, 0).block == CFG_NONE &&
				 block_flow__successor(d->a, block, 1).block == CFG_NONE;
	while (changed) {
		changed = false;
		for (uint32_t block = 0; block < d->cfg->n_blocks; block++) {
			for (uint32_t which = 0; which < 2 && !d->ends[block]; which++) {
				uint32_t to = block_flow__successor(d->a, block, which).block;

				if (to == CFG_NONE || !d->ends[to] || last_line_of(d, to))
					continue;
				d->ends[block] = changed = true;
			}
		}
	}
}

static bool waits_on(const struct dispatcher *d, uint32_t line)
{
	for (uint32_t block = 0; block < d->cfg->n_blocks; block++)
		if (d->ends[block] && last_line_of(d, block) == line)
			return true;
	return false;
}

static void hide(const struct dispatcher *d)
{
	for (uint32_t i = 0; i < d->cfg->n_insns; i++)
		if (d->holds[d->cfg->insns[i].block])
			d->code->lines[i].line = 0;
}

/*
 * Whether BLOCK begins with the jump that ends it, and goes on elsewhere than on its line: that is no hit of the line
 * (linehits.c), so none is to be forgotten.
 */
static bool goes_away(const struct dispatcher *d, uint32_t block)
{
	uint32_t last = d->cfg->blocks[block].last;

	for (uint32_t i = d->cfg->blocks[block].first; i < last; i++)
		if (d->code->lines[i].line && !d->code->lines[i].quiet)
			return false;
	return block_flow__leads_on(d->cfg, last) &&
	       line_of(d, d->cfg->insns[d->cfg->insns[last].taken].block) != line_of(d, block);
}

/* Notes that the coroutine went on N times in BLOCK. Where statements are marked, going on passes no mark. */
static int note(const struct dispatcher *d, uint32_t block, uint64_t n)
{
	const struct line_hits item = {.line = line_of(d, block), .hits = n};

	if (!n || !item.line || (!is_frame_line(d, item.line) && !waits_on(d, item.line)) || goes_away(d, block))
		return 0;
	if (line_code__has_mark(d->code, item.line))
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
	int err = -ENOMEM;

	d.first = first;
	d.last = last;
	d.entry = code->lines[d.cfg->entry].line;
	d.holds = calloc(d.cfg->n_blocks, sizeof(*d.holds));
	d.own = calloc(d.cfg->n_blocks, sizeof(*d.own));
	d.ends = calloc(d.cfg->n_blocks, sizeof(*d.ends));
	if (d.holds && d.own && d.ends) {
		find_blocks(&d);
		hide(&d);
		find_own(&d);
		find_ends(&d);
		err = leave(&d);
	}
	free(d.holds);
	free(d.own);
	free(d.ends);
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

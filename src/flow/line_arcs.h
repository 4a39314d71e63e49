/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_arcs: how control goes from block to block of one line, without leaving it. Pure. */
#ifndef LPROF_LINE_ARCS_H
#define LPROF_LINE_ARCS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/attribute.h"
#include "flow/block_flow.h"
#include "flow/line_code.h"
#include "flow/loops.h"

struct line_arcs {
	/* Borrowed: */
	const struct attribution *a;
	const struct line_code *code;
	const uint32_t *order;	       /* per block: its number in reverse postorder */
	const struct loop_list *loops; /* of optimised code */
	/* For the line at hand, the answers: */
	uint64_t *internal; /* per block of the line: how often control came into it from blocks of the line */
	bool *again;  /* per block of the line: a way from it may lead from one round of an unrolled loop to the next */
	bool *inside; /* per block: it is one of the line at hand */
	bool unsure;  /* what is internal depends on which call threw to a landing pad, which nothing tells */
	/* Private: */
	uint32_t *call_of;   /* per block: the inlined call that all its code belongs to, or 0 */
	bool *silent;	     /* per block: it has no line, and may continue that of the blocks before */
	bool *caught;	     /* per block: control comes there from a landing pad, and no call was made since */
	uint32_t n_indirect; /* blocks that end in an indirect jump */
	uint64_t *arrived;   /* per silent block: times control came to it from blocks of the line at hand */
	uint32_t *before;    /* per silent block of the line at hand: a block of the line that leads to it */
	uint32_t *blocks;    /* the blocks of the line at hand, and behind them the silent ones that continue it */
	uint32_t n, n_inside;
	uint32_t line;
	uint32_t dispatcher; /* the block that stands for all indirect jumps, or CFG_NONE */
};

/* What is borrowed is set. Returns 0 or -ENOMEM; to be released in either case. */
int line_arcs__init(struct line_arcs *arcs);
void line_arcs__release(struct line_arcs *arcs);

/* Makes LINE the line at hand. BLOCKS are the N blocks that have code of it; they are copied. */
void line_arcs__begin(struct line_arcs *arcs, uint32_t line, const uint32_t *blocks, uint32_t n);

/* How often control went round a cycle that lies within the line at hand, and is not that of one inlined call alone. */
uint64_t line_arcs__cycles(struct line_arcs *arcs, struct block_search *search);

#endif

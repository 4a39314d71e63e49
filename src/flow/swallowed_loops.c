// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. `for (i = 0; i < n; i++) p[i] = 0;` becomes a call of memset(), or a string instruction, on the line of the
 * loop's body. GCC drops the loop's blocks, and with them the marks of the body and of the loop's step; what is left is
 * what stands in front of the loop, its initial value and its first test. A memset() of the source keeps its mark, and
 * so does the assignment of a structure. So an operation on a line that has no mark anywhere stands for a loop, whose
 * rounds nobody knows; and the line whose mark control passed last is the loop's, whose tests nobody knows.
 *
 * The rest of a statement of several lines has no mark either. If a structure is copied there, it is doubted in vain.
 */
#include "flow/swallowed_loops.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct line_hits_list *list;
	bool *seen;	/* per block */
	uint32_t *work; /* blocks to be looked at */
};

/* A few bytes are copied without a call, by wide moves. */
static bool is_operation(const struct cfg_insn *insn)
{
	return insn->block_operation || insn->insn.store == INSN_STORE_VECTOR;
}

static bool is_marked_line(const struct line_code *code, uint32_t line)
{
	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line == line)
			return true;
	return false;
}

static void doubt(const struct finder *f, uint32_t line)
{
	struct line_hits *item = line_hits__find(f->list, line);

	if (item)
		item->inexact = true;
}

/* The line of the last mark in BLOCK that is not behind instruction INSN; 0: there is none. */
static uint32_t last_mark(const struct finder *f, uint32_t block, uint32_t insn)
{
	uint32_t line = 0;

	for (size_t k = 0; k < f->code->n_marks && f->code->marks[k].insn <= insn; k++)
		if (f->code->marks[k].insn >= f->cfg->blocks[block].first)
			line = f->code->marks[k].line;
	return line;
}

/* Doubts the lines whose marks control may have passed last when it comes to instruction INSN. */
static void doubt_before(const struct finder *f, uint32_t insn)
{
	uint32_t block = f->cfg->insns[insn].block, line = last_mark(f, block, insn), n = 0;

	if (line) {
		doubt(f, line);
		return;
	}
	for (uint32_t k = 0; k < f->cfg->n_blocks; k++)
		f->seen[k] = k == block;
	f->work[n++] = block;
	for (uint32_t at = 0; at < n; at++) {
		for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
			struct block_arc arc = block_flow__successor(f->a, k / 2, k % 2);

			if (arc.block != f->work[at] || !arc.count || f->seen[k / 2])
				continue;
			f->seen[k / 2] = true;
			line = last_mark(f, k / 2, f->cfg->blocks[k / 2].last);
			if (line)
				doubt(f, line);
			else
				f->work[n++] = k / 2;
		}
	}
}

int swallowed_loops__doubt(const struct attribution *attribution, const struct line_code *code,
			   struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.list = list,
		.seen = calloc(cfg->n_blocks, sizeof(*f.seen)),
		.work = calloc(cfg->n_blocks, sizeof(*f.work)),
	};
	int err = f.seen && f.work ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < cfg->n_insns; i++) {
		const struct insn_line *at = &code->lines[i];

		if (!is_operation(&cfg->insns[i]) || !at->line || at->call || at->quiet || !attribution->counts[i] ||
		    is_marked_line(code, at->line))
			continue;
		doubt(&f, at->line);
		doubt_before(&f, i);
	}
	free(f.seen);
	free(f.work);
	return err;
}

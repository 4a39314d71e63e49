// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. GCC duplicates code together with the marks of its statements. But where it turns a branch into an
 * instruction that selects one of two values, it drops the blocks that the branch led to, and the marks with them. That
 * instruction keeps its line. So if control can come to it only with a mark of another line passed last, the line was
 * executed there without being counted. (Other instructions than these are moved about, and tell nothing.)
 */
#include "flow/markless_choices.h"

#include <errno.h>
#include <stdlib.h>

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	uint32_t *seen; /* per block: 1 + the instruction for which it was looked at last */
	uint32_t *work; /* blocks to be looked at */
};

enum verdict { NO_MARK, OTHER_MARK, OWN_MARK };

/* What BLOCK has of marks: one of LINE anywhere if ANYWHERE, otherwise the last one. */
static enum verdict judge_block(const struct finder *f, uint32_t block, uint32_t line, bool anywhere)
{
	enum verdict verdict = NO_MARK;

	for (size_t k = 0; k < f->code->n_marks && f->code->marks[k].insn <= f->cfg->blocks[block].last; k++) {
		const struct statement_mark *mark = &f->code->marks[k];

		if (mark->insn < f->cfg->blocks[block].first)
			continue;
		verdict = mark->line == line ? OWN_MARK : OTHER_MARK;
		if (anywhere && verdict == OWN_MARK)
			break;
	}
	return verdict;
}

/* Whether control may have passed a mark of its line last when it comes to instruction I. */
static bool has_mark(const struct finder *f, uint32_t i)
{
	uint32_t n = 0, line = f->code->lines[i].line;
	enum verdict verdict = judge_block(f, f->cfg->insns[i].block, line, true);

	if (verdict != NO_MARK)
		return verdict == OWN_MARK;
	f->work[n++] = f->cfg->insns[i].block;
	f->seen[f->cfg->insns[i].block] = i + 1;
	for (uint32_t at = 0; at < n; at++) {
		for (uint32_t k = 0; k < 2 * f->cfg->n_blocks; k++) {
			uint32_t from = k / 2;

			if (block_flow__successor(f->a, from, k % 2).block != f->work[at] || f->seen[from] == i + 1)
				continue;
			f->seen[from] = i + 1;
			verdict = judge_block(f, from, line, false);
			if (verdict == OWN_MARK)
				return true;
			if (verdict == NO_MARK)
				f->work[n++] = from;
		}
	}
	return false;
}

static bool is_marked_line(const struct line_code *code, uint32_t line)
{
	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line == line)
			return true;
	return false;
}

int markless_choices__doubt(const struct attribution *attribution, const struct line_code *code,
			    struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
		.seen = calloc(cfg->n_blocks, sizeof(*f.seen)),
		.work = calloc(cfg->n_blocks, sizeof(*f.work)),
	};
	int err = f.seen && f.work ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < cfg->n_insns; i++) {
		const struct insn_line *at = &code->lines[i];
		struct line_hits *item;

		if (!cfg->insns[i].insn.selects || !at->line || at->call || at->quiet || !attribution->counts[i] ||
		    !is_marked_line(code, at->line) || has_mark(&f, i))
			continue;
		item = line_hits__find(list, at->line);
		if (item)
			item->inexact = true;
	}
	free(f.seen);
	free(f.work);
	return err;
}

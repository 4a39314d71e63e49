// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. GCC duplicates code together with the marks of its statements. But where it turns a branch into an
 * instruction that selects one of two values, it drops the blocks that the branch led to, and the marks with them. That
 * instruction keeps its line. So if control can come to it only with a mark of another line passed last, the line was
 * executed there without being counted. (Other instructions than these are moved about, and tell nothing.)
 */
#include "flow/markless_choices.h"

#include "flow/block_flow.h"

struct finder {
	const struct attribution *a;
	const struct cfg *cfg;
	const struct line_code *code;
	struct block_search search;
	uint32_t line; /* at hand */
	bool found;    /* a mark of it */
	bool thrown;   /* control may have come from a landing pad, of which is not known what was passed before it */
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

static bool is_pad(const struct finder *f, uint32_t block)
{
	return f->cfg->insns[f->cfg->blocks[block].first].root & CFG_ROOT_PAD;
}

/* Looks at a block from which control comes, and says whether to look behind it. */
static enum block_search_next look_back(void *ctx, uint32_t block)
{
	struct finder *f = ctx;
	enum verdict verdict = judge_block(f, block, f->line, false);

	f->found = verdict == OWN_MARK;
	f->thrown = f->thrown || (verdict == NO_MARK && is_pad(f, block));
	if (f->found)
		return BLOCK_SEARCH_END;
	return verdict == NO_MARK ? BLOCK_SEARCH_BEHIND : BLOCK_SEARCH_ELSEWHERE;
}

/* Whether control may have passed a mark of its line last when it comes to instruction I. */
static bool has_mark(struct finder *f, uint32_t i)
{
	uint32_t block = f->cfg->insns[i].block;
	enum verdict verdict;

	f->line = f->code->lines[i].line;
	f->found = false;
	f->thrown = is_pad(f, block);
	verdict = judge_block(f, block, f->line, true);
	if (verdict == NO_MARK)
		block_search__back(&f->search, f->a, block, false, look_back, f);
	return verdict == OWN_MARK || f->found || (verdict == NO_MARK && f->thrown && f->code->lines[i].call);
}

int markless_choices__doubt(const struct attribution *attribution, const struct line_code *code,
			    struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	struct finder f = {
		.a = attribution,
		.cfg = cfg,
		.code = code,
	};
	int err = block_search__init(&f.search, cfg->n_blocks);

	for (uint32_t i = 0; !err && i < cfg->n_insns; i++) {
		uint32_t line = cfg->insns[i].insn.selects ? line_code__own_line(code, i) : 0;

		if (cfg->insns[i].insn.flow == INSN_FLOW_COND && !code->lines[i].quiet)
			line = code->lines[i].line;
		if (line && attribution->counts[i] && line_code__has_mark(code, line) && !has_mark(&f, i))
			line_hits__doubt(list, line);
	}
	block_search__release(&f.search);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A compiler may know no line for the code at the beginning of a block. Some write line 0 then, some write nothing, and
 * some assemblers leave line 0 out; without a row, the code seems to continue the line above it in memory. It does not
 * if control cannot fall into it from above, and never comes to it from that line.
 */
#include "flow/line_code.h"

#include <stdlib.h>

void line_code__release(struct line_code *code)
{
	free(code->lines);
	free(code->marks);
	*code = (struct line_code){.lines = NULL};
}

bool line_code__has_mark(const struct line_code *code, uint32_t line)
{
	for (size_t k = 0; k < code->n_marks; k++)
		if (code->marks[k].line == line)
			return true;
	return false;
}

/* Whether control comes to instruction I only from indirect jumps. */
static bool is_only_jumped_to(const struct cfg *cfg, uint32_t i)
{
	return cfg->insns[i].root == CFG_ROOT_INDIRECT && !cfg->insns[i].n_preds;
}

void line_code__drop_unreached_marks(struct line_code *code, const struct cfg *cfg)
{
	size_t n = 0;

	for (size_t k = 0; k < code->n_marks; k++)
		if (!code->marks[k].before_label || !is_only_jumped_to(cfg, code->marks[k].insn))
			code->marks[n++] = code->marks[k];
	code->n_marks = n;
}

/* Notes whether control comes to the beginning of a block from above, or from an instruction of the same line. */
static void note_arc(const struct line_code *code, const struct cfg *cfg, uint32_t from, uint32_t to, bool *continued)
{
	if (to == CFG_NONE || to != cfg->blocks[cfg->insns[to].block].first)
		return;
	if (to == from + 1 || code->lines[from].line == code->lines[to].line)
		continued[cfg->insns[to].block] = true;
}

void line_code__silence_strays(struct line_code *code, const struct cfg *cfg)
{
	bool *continued = calloc(cfg->n_blocks, sizeof(*continued));

	/* Without memory nothing is silenced here; whoever counts the lines says that memory ran out. */
	for (uint32_t i = 0; continued && i < cfg->n_insns; i++) {
		note_arc(code, cfg, i, cfg->insns[i].next, continued);
		note_arc(code, cfg, i, cfg->insns[i].taken, continued);
	}
	for (uint32_t block = 0; continued && block < cfg->n_blocks; block++) {
		const struct cfg_insn *first = &cfg->insns[cfg->blocks[block].first];

		if (continued[block] || first->root || !first->n_preds)
			continue;
		for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last && !code->lines[i].begins_row;
		     i++)
			code->lines[i].quiet = true;
	}
	free(continued);
}

/* Whether BLOCK does nothing but jump indirectly. */
static bool only_jumps(const struct cfg *cfg, uint32_t block)
{
	uint32_t last = cfg->blocks[block].last;

	for (uint32_t i = cfg->blocks[block].first; i < last; i++)
		if (!cfg->insns[i].insn.filler)
			return false;
	return cfg->insns[last].insn.flow == INSN_FLOW_JUMP_INDIRECT;
}

void line_code__silence_shared_jumps(struct line_code *code, const struct cfg *cfg)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint32_t to = cfg->insns[i].taken, last;

		if (to == CFG_NONE || !code->lines[to].line || code->lines[i].line == code->lines[to].line ||
		    to != cfg->blocks[cfg->insns[to].block].first || !only_jumps(cfg, cfg->insns[to].block))
			continue;
		last = cfg->blocks[cfg->insns[to].block].last;
		for (; to <= last; to++)
			code->lines[to].quiet = true;
	}
}

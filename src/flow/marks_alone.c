// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A mark without code tells that the program came to a statement of which nothing had to be done there. That is
 * doubtful where the line has code elsewhere that was not executed: an empty statement behind it has a mark (`if (x) {
 * f(); return; };`), and GCC leaves marks in front of the code that follows a jump, and moves them there when it
 * threads jumps.
 *
 * The line that declares the function is left out, which has its mark where the function begins, and may have code that
 * restores registers.
 */
#include "flow/marks_alone.h"

#include <errno.h>
#include <stdlib.h>

int marks_alone__doubt(const struct attribution *attribution, const struct line_code *code, struct line_hits_list *list)
{
	const struct cfg *cfg = attribution->plan->cfg;
	bool *has_code = calloc(list->n + 1, sizeof(*has_code));
	bool *executed = calloc(list->n + 1, sizeof(*executed));
	uint32_t declared = code->n_marks && code->marks[0].insn == cfg->entry ? code->marks[0].line : 0;
	int err = has_code && executed ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < cfg->n_insns; i++) {
		uint32_t line = code->lines[i].quiet ? 0 : code->lines[i].line;
		const struct line_hits *item = line ? line_hits__find(list, line) : NULL;

		if (!item)
			continue;
		has_code[item - list->items] = true;
		executed[item - list->items] |= attribution->counts[i] > 0;
	}
	for (size_t k = 0; !err && k < list->n; k++)
		if (list->items[k].hits && has_code[k] && !executed[k] && list->items[k].line != declared &&
		    line_code__has_mark(code, list->items[k].line))
			list->items[k].inexact = true;
	free(has_code);
	free(executed);
	return err;
}

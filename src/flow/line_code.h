/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_code: what is known of the lines of a body's instructions. Pure. */
#ifndef LPROF_LINE_CODE_H
#define LPROF_LINE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/cfg.h"

/* Which line an instruction belongs to. */
struct insn_line {
	uint32_t line;	 /* 0: none that counts (another function's, say) */
	uint32_t call;	 /* as in struct line_span: non-zero in code of a callee that was inlined on the line */
	uint32_t column; /* as in struct line_span */
	bool quiet;	 /* debug information gives it no line: executing it is no hit of `line` */
	bool begins_row; /* a row of the line table, or inlined code, begins there */
};

/* The beginning of a statement, just before an instruction. */
struct statement_mark {
	uint32_t insn;	   /* index in the body */
	uint32_t line;	   /* not 0 */
	uint32_t position; /* a number that is the same for the same line and column; 0: the column is not known */
	bool has_code;	   /* as in struct debug_mark: the line was not optimised away everywhere */
	bool codeless;	   /* the instruction belongs to a line that another mark or row at the same place names */
	bool before_label; /* a label in front of the instruction stands behind the statement */
	bool behind_label; /* it stands in front of the statement, or on its line */
	uint32_t n_labels; /* how many labels of the function are on its line or above it */
};

struct line_code {
	struct insn_line *lines;      /* one for each instruction of the body; owned */
	struct statement_mark *marks; /* by instruction; owned */
	size_t n_marks;
	bool marked;	/* the compiler says where statements begin: see statements.h */
	bool optimised; /* a line may have been executed several times in one block */
	bool endless;	/* no line is the function's end, to which all calls come */
	bool inlined;	/* into the body, which is another function's */
	bool whole; /* the body is the function's alone, and all of it: where control leaves it, the function ends */
};

void line_code__release(struct line_code *code); /* what it owns, not the value itself */

/* The line of instruction I, if it is the function's own code and has one; else 0. */
static inline uint32_t line_code__own_line(const struct line_code *code, uint32_t i)
{
	return code->lines[i].call || code->lines[i].quiet ? 0 : code->lines[i].line;
}

/*
 * Drops the marks that no way comes to: those in front of a label to which control only jumps. Nothing can execute what
 * stands between a `goto` and the next label, and GCC puts the marks of it behind the label, with no code in between.
 */
void line_code__drop_unreached_marks(struct line_code *code, const struct cfg *cfg);

bool line_code__has_mark(const struct line_code *code, uint32_t line);

/*
 * Makes code quiet that the line table gives to a line only because it lies behind that line's code in memory. For code
 * that was not optimised.
 */
void line_code__silence_strays(struct line_code *code, const struct cfg *cfg);

/*
 * Makes an indirect jump quiet that several lines share: compilers merge the computed gotos of a function into one jump
 * on the line of one of them, to which the others jump.
 */
void line_code__silence_shared_jumps(struct line_code *code, const struct cfg *cfg);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_function: what debug information says of a function: its names, its place, its code and the line of each byte
 * of it. debuginfo, function_reader, function_choice and line_spans hand it round.
 */
#ifndef LPROF_DEBUG_FUNCTION_H
#define LPROF_DEBUG_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_places.h"

struct addr_range {
	uint64_t lo, hi; /* [lo, hi), link-time virtual addresses */
};

/* For qsort() of ranges, or of what begins with one: by lo. */
int addr_range__compare(const void *a, const void *b);

/* Code of one source line. LINE is a number as in debug_places.h. */
struct line_span {
	uint64_t lo, hi;
	uint32_t line;
	/* 0: the function's own code; otherwise code of a callee inlined there, the same number for one call. */
	uint32_t call;
	bool is_stmt; /* a recommended breakpoint location begins at lo */
	/* Debug information gives this code no line (0): `line` is that of the code above it, which did not make it. */
	bool quiet;
	uint32_t column; /* of the code in its line, where it is optimised and call is 0; 0: not known */
};

/* The beginning of a statement of the function itself, told by a compiler that optimised. */
struct debug_mark {
	uint64_t addr; /* of the instruction before which the statement begins */
	uint32_t line, column;
	uint32_t view; /* which of the line table's rows at addr it is, from 0 on */
	bool has_code; /* its line has code in some instance of the function */
	bool codeless; /* the instruction at addr is on another line; the statement's own code is elsewhere or gone */
	bool before_label; /* a label at addr stands behind the statement: who jumps to it does not execute that */
	bool behind_label; /* a label at addr stands in front of the statement, or on its line */
	uint32_t n_labels; /* how many labels of the function are on its line or above it */
};

/* What a body is of its function. */
enum function_part {
	PART_NONE,  /* a body that callers call */
	PART_SPLIT, /* the rest of the function, for a head that was inlined; where nothing is left of that, called */
	PART_RESUMING, /* where a coroutine goes on: never called */
};

/*
 * One concrete piece of a function: its out-of-line body (with its .cold part), or one place where it
 * was inlined.
 */
struct debug_instance {
	struct addr_range *ranges; /* sorted, disjoint, not empty: the instance's own code, inlined callees included */
	size_t n_ranges;
	uint64_t entry; /* DW_AT_entry_pc, else low_pc, else lo of the first range */
	bool inlined;
	/* Only the beginning of the code is known: it may end before the ranges do. */
	bool open_ended;
	enum function_part part;
	char variant; /* as function_part__variant() says */
	/* A copy of the function in a thunk (thunk.h): all its code is on the line of the declaration. */
	bool thunk;
	/*
	 * The out-of-line subprogram that holds this instance (itself when not inlined). Instances with the
	 * same body_entry live in the same body.
	 */
	struct addr_range *body_ranges; /* sorted, disjoint */
	size_t n_body_ranges;
	uint64_t body_entry;
	/*
	 * Sorted, disjoint, covering `ranges`: the line that each instruction belongs to. Code inlined into the
	 * instance is on the line of its outermost call; rows without a line (0) continue the line before, and
	 * are quiet. The prologue is on the line that declares the function, also where the opening brace stands
	 * on a later one. Adjacent spans with the same line are kept apart where a new is_stmt row begins and, in
	 * code that was not optimised, where any row begins.
	 */
	struct line_span *lines;
	size_t n_lines;
	/* By address; those of one address are in the order of the program. Only where `marked`. */
	struct debug_mark *marks;
	size_t n_marks;
	/* The mark with which an inlined instance begins, wherever its code is; !entry_mark_known: not known. */
	uint64_t entry_mark;
	uint32_t entry_view;
	bool entry_mark_known;
	bool marked;	/* the compiler marks where statements begin, in optimised code as well */
	bool optimised; /* a line may have been executed several times in one piece of straight code */
	bool endless;	/* in its language, no line is the function's end, to which all calls come */
};

struct debug_function {
	char *name;	    /* qualified where the language has scopes: "ns::Class::method" */
	char *linkage_name; /* mangled name, "" when there is none */
	char *file;	    /* DW_AT_decl_file, absolute where the compilation directory makes it so */
	uint32_t line;	    /* DW_AT_decl_line; when that is unknown, the line on which its code begins, or 0 */
	uint32_t last_line; /* the largest line of FILE among the instances' line spans */
	struct debug_instance *instances; /* those that are not inlined first, then by entry */
	size_t n_instances;
	bool noreturn; /* DW_AT_noreturn */
	bool copied;   /* there are copies of inlined instances that nothing tells of: hits may be too low */
	bool emptied;  /* there are inlined calls of which no code is left */
	char **notes;  /* sentences for the user about what stands in the table of the function, and why */
	size_t n_notes;
};

struct debug_functions {
	struct debug_function *items; /* sorted by file, line, name */
	size_t n;
	struct debug_places places; /* what the numbers of lines in their spans stand for */
};

/* Adds a sentence, formatted like printf(3), unless the function has it already. 0 or -ENOMEM. */
int debug_function__add_note(struct debug_function *function, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Whether FUNCTION has so many instances that one more is to be left out, since each is compared with each. Programs
 * that people write have fewer.
 */
bool debug_function__is_full(const struct debug_function *function);

/* Says in a note of FUNCTION that instances were left out. 0 or -ENOMEM. */
int debug_function__leave_out(struct debug_function *function);

/*
 * The line that stands for that of the declaration, which is not known: where the body begins or, when there is none,
 * the least of those where its inlined code does. 0: none is known.
 */
uint32_t debug_function__first_line(const struct debug_function *function);

/* Puts the code of the function's bodies before their first row on LINE, which it has now as its first line. */
void debug_function__line_entries(struct debug_function *function, uint32_t line);

/* Compares as strcmp(3) by file, line, name and linkage name, which are all equal for one function. */
int debug_function__compare(const struct debug_function *left, const struct debug_function *right);

/* These release what the value owns, not the value itself. */
void debug_instance__release(struct debug_instance *instance);
void debug_function__release(struct debug_function *function);
void debug_functions__free(struct debug_functions *functions);

#endif

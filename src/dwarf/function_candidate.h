/* SPDX-License-Identifier: GPL-2.0-or-later */
/* function_candidate: a function that may be selected, as long as its code and lines are not all known. */
#ifndef LPROF_FUNCTION_CANDIDATE_H
#define LPROF_FUNCTION_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "dwarf/debug_function.h"

struct function_candidate {
	struct debug_function function;
	size_t capacity;   /* of function.instances */
	bool *selected;	   /* by selector; for one by lines: whether it may select the function */
	const char *frame; /* of the coroutine that goes on in it, see coroutine.h; borrowed, may be NULL */
	bool by_symbol;	   /* only the symbol table has the name by which the function is selected */
	/* Scratch of the reader: */
	bool unplaced; /* the file is not known yet */
	bool listed;   /* it was listed, or is not to be */
};

/* Releases what the candidate owns, and empties it. */
void function_candidate__clear(struct function_candidate *candidate);

#endif

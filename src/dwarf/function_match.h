/* SPDX-License-Identifier: GPL-2.0-or-later */
/* function_match: which selectors may select a function, as far as its names, its symbols and its file tell. Pure. */
#ifndef LPROF_FUNCTION_MATCH_H
#define LPROF_FUNCTION_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/asked_symbols.h"
#include "dwarf/function_candidate.h"
#include "target/selector.h"

struct function_match {
	const struct selector *const *selectors; /* borrowed, like the next */
	size_t n;
	const struct asked_symbols *asked; /* NULL: none */
	bool names_only;		   /* selectors by line select nothing; without selectors all is selected */
	/* By selector, of the unit that is being read: whether other files' functions may have the lines it wants. */
	bool *included;
};

/* Whether every function is selected, as there are no selectors. */
bool function_match__all(const struct function_match *match);

/*
 * Whether any selector may select a function with these names, each of which may be NULL. This is cheap; it never says
 * no wrongly, but may say yes.
 */
bool function_match__may(const struct function_match *match, const char *bare, const char *linkage);

/* Whether any selector has the names of types in it, as selector__names_types(). */
bool function_match__names_types(const struct function_match *match);

/*
 * These set candidate->selected, and return whether any selector is left: by its NAMES; by
 * the symbols at its ENTRY; and by its file, which takes back the selectors that want another. Selectors by line are
 * left to function_choice.
 */
bool function_match__names(const struct function_match *match, const struct function_names *names,
			   struct function_candidate *candidate);
bool function_match__symbol(const struct function_match *match, uint64_t entry, struct function_candidate *candidate);
bool function_match__place(const struct function_match *match, struct function_candidate *candidate);

/* What is asked by the symbols at ENTRY, as asked_symbols__at(). */
const struct asked_symbol *function_match__asked(const struct function_match *match, uint64_t entry, size_t *n);

#endif

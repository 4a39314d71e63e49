/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * function_choice: which of the functions that may be selected are, once their code and lines are known. Pure.
 */
#ifndef LPROF_FUNCTION_CHOICE_H
#define LPROF_FUNCTION_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "dwarf/debug_function.h"
#include "dwarf/function_candidate.h"
#include "target/selector.h"

/* Moves the instances of FROM to INTO, and what selects it. 0 or -ENOMEM. */
int function_choice__join(struct function_candidate *into, struct function_candidate *from, size_t n_selectors);

/*
 * Moves what is selected out of the N candidates, of which one may occur several times, to OUT, as
 * debuginfo__find() describes, without the places; what remains is still the caller's to clear. PLACES tells what the
 * lines of the candidates are. 0 or -ENOMEM.
 */
int function_choice__make(struct function_candidate *candidates, size_t n, const struct selector *const *selectors,
			  size_t n_selectors, const struct debug_places *places, bool *matched,
			  struct debug_functions *out);

#endif

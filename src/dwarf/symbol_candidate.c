// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/symbol_candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/entry_place.h"
#include "elf/demangle.h"

/* The name of a function that has no DIE: the one by which it is asked or, when none does, the best that it has. */
static const char *symbol_name(const struct function_match *match, const struct symbol_function *found)
{
	const struct asked_symbol *asked;
	size_t n;

	asked = function_match__asked(match, found->range.lo, &n);
	return asked && !asked->indirect ? asked->symbol->name : found->symbol->name;
}

int symbol_candidate__names(const char *name, struct debug_function *function)
{
	function->name = demangle__name(name);
	function->linkage_name = strdup(function->name ? name : "");
	if (!function->name)
		function->name = strdup(name);
	return function->name && function->linkage_name ? 0 : -ENOMEM;
}

/* Sets what selects the function by its symbols at ENTRY, and by the name that was told from them. */
static bool select_by_names(const struct function_match *match, uint64_t entry, struct function_candidate *candidate)
{
	const struct debug_function *function = &candidate->function;
	const struct function_names names = {
		.qualified = function->name,
		.linkage = *function->linkage_name ? function->linkage_name : NULL,
	};
	const struct asked_symbol *asked;
	bool by_name;
	size_t n;

	by_name = function_match__names(match, &names, candidate);
	asked = function_match__asked(match, entry, &n);
	for (size_t i = 0; i < n; i++)
		candidate->selected[asked[i].selector] = true;
	return by_name || n;
}

/* Finds the file and line of the function. As symbol_candidate__make(). */
static int locate(const struct symbol_function *found, Dwarf_Die *skeleton, struct debug_function *function)
{
	struct entry_place place;
	int err = entry_place__find(skeleton, found->range.lo, found->range.hi, &place);

	if (err)
		return err;
	function->file = place.file;
	function->line = place.line;
	return 0;
}

int symbol_candidate__make(const struct function_match *match, const struct symbol_function *found, Dwarf_Die *skeleton,
			   struct function_candidate *candidate)
{
	int err;

	*candidate = (struct function_candidate){.selected = calloc(match->n + 1, sizeof(bool))};
	err = candidate->selected ? symbol_candidate__names(symbol_name(match, found), &candidate->function) : -ENOMEM;
	if (!err && !select_by_names(match, found->range.lo, candidate))
		err = -ENOENT;
	if (!err)
		err = locate(found, skeleton, &candidate->function);
	if (!err && !function_match__place(match, candidate))
		err = -ENOENT;
	if (err)
		function_candidate__clear(candidate);
	return err;
}

int symbol_candidate__add_code(const struct symbol_function *found, const struct function_instance_place *place,
			       struct function_candidate *candidate)
{
	struct addr_range range = found->range;
	const struct code_piece piece = {&range, 1, range.lo};
	struct function_instance_place own = *place;
	struct debug_function *function = &candidate->function;
	int err;

	own.own = &piece;
	own.body = NULL;
	err = function_instance__add(candidate, &own);
	if (err)
		return err;
	function->instances->open_ended = found->open_ended;
	/* Its only note by now is that other functions share its code. */
	return function->n_notes
		       ? debug_function__add_note(function, "its debug information has line tables only, so its lines "
							    "may be those of another of these functions")
		       : 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_candidate.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/coroutine.h"
#include "dwarf/die_spelling.h"
#include "dwarf/entry_place.h"
#include "dwarf/line_table.h"
#include "dwarf/thunk.h"

/*
 * Fills the candidate's names from DIE, which has one, and its ROOT, which in damaged debug information may be anything
 * and have none.
 */
static int read_names(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *root, struct debug_function *function)
{
	const char *linkage = die_name__linkage(root);
	bool named = linkage || die_name__bare(root);

	if (!linkage)
		linkage = die_name__linkage(die);
	function->name = die_name__qualified(scopes, named ? root : die);
	function->linkage_name = strdup(linkage ? linkage : "");
	return function->name && function->linkage_name ? 0 : -ENOMEM;
}

/*
 * Fills the rest of the candidate. It makes libdw read the unit's line table, which is large and is kept; so this is
 * done only for a function whose names a selector selects.
 */
static int locate(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *root, struct function_candidate *candidate)
{
	struct debug_function *function = &candidate->function;
	Dwarf_Die place = die_name__place(scopes, die, root);
	const char *file = die_name__file(&place);
	int line = 0;

	dwarf_decl_line(&place, &line);
	function->line = line > 0 ? (uint32_t)line : 0;
	function->noreturn = dwarf_hasattr_integrate(die, DW_AT_noreturn);
	function->file = file ? line_table__absolute(&place, file) : strdup("");
	if (!function->file)
		return -ENOMEM;
	candidate->unplaced = !file || entry_place__is_elsewhere(die, function->file);
	if (candidate->unplaced)
		function->line = 0;
	return 0;
}

static bool match_names(const struct die_candidate_input *input, Dwarf_Die *die, Dwarf_Die *root,
			struct function_candidate *candidate)
{
	struct die_spelling spelling;
	bool any;

	die_spelling__read(&spelling, input->scopes, input->obj, die, root, &candidate->function,
			   function_match__names_types(input->match));
	any = function_match__names(input->match, &spelling.names, candidate);
	die_spelling__release(&spelling);
	return any;
}

/* Whether a selector selects the function by its names, or by the name of a symbol at ENTRY if that is not 0. */
static bool match(const struct die_candidate_input *input, Dwarf_Die *die, Dwarf_Die *root, uint64_t entry,
		  struct function_candidate *candidate)
{
	if (entry)
		return function_match__symbol(input->match, entry, candidate);
	/* Spelling the names of all functions of a large program would take long. */
	return function_match__all(input->match) || match_names(input, die, root, candidate);
}

/*
 * Whether NAME is that of a thunk that is a way into its function, or has it inlined: whoever calls it calls the
 * function, which is counted.
 */
static bool is_way_in(const char *name)
{
	char *function = thunk__function(name);

	free(function);
	return function;
}

int die_candidate__make(const struct die_candidate_input *input, Dwarf_Die *die, Dwarf_Die *root, uint64_t entry,
			struct function_candidate *candidate)
{
	const char *bare = die_name__bare(die);
	const char *linkage = die_name__linkage(die);
	int err;

	*candidate = (struct function_candidate){.by_symbol = entry, .frame = coroutine__frame(root)};
	if ((!bare && !linkage) ||
	    (!entry && (is_way_in(linkage ? linkage : bare) || !function_match__may(input->match, bare, linkage))))
		return -ENOENT;
	candidate->selected = calloc(input->match->n + 1, sizeof(bool));
	err = candidate->selected ? read_names(input->scopes, die, root, &candidate->function) : -ENOMEM;
	if (!err && !match(input, die, root, entry, candidate))
		err = -ENOENT;
	if (!err)
		err = locate(input->scopes, die, root, candidate);
	if (!err && !candidate->unplaced && !function_match__place(input->match, candidate))
		err = -ENOENT;
	if (err)
		function_candidate__clear(candidate);
	return err;
}

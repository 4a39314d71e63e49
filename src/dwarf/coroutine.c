// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. GCC describes the bodies in which a coroutine goes on, and is destroyed, as artificial functions of the same
 * name without a place. Nothing refers from them to the function that begins the coroutine. But they have a parameter,
 * a pointer to the coroutine's frame, whose type is named after that function. Where that one is static, debug
 * information does not tell its linkage name, but the symbol table does. (Clang describes all bodies alike.)
 */
#include "dwarf/coroutine.h"

#include <dwarf.h>
#include <string.h>

#include "dwarf/function_choice.h"

#define SUFFIX ".Frame"

/* What attribute DW_AT_type of DIE refers to. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(die, DW_AT_type, &attribute) && dwarf_formref_die(&attribute, type);
}

const char *coroutine__frame(Dwarf_Die *root)
{
	Dwarf_Die child, type;
	const char *name;

	if (!dwarf_hasattr(root, DW_AT_artificial) || dwarf_child(root, &child) != 0)
		return NULL;
	do {
		if (dwarf_tag(&child) != DW_TAG_formal_parameter)
			continue;
		for (bool more = type_of(&child, &type); more; more = type_of(&type, &type)) {
			name = dwarf_tag(&type) == DW_TAG_structure_type ? dwarf_diename(&type) : NULL;
			if (name && strlen(name) > strlen(SUFFIX) &&
			    strcmp(name + strlen(name) - strlen(SUFFIX), SUFFIX) == 0)
				return name;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return NULL;
}

bool coroutine__is_begun_by(const char *frame, const char *linkage)
{
	size_t n = strlen(frame) - strlen(SUFFIX);

	return linkage && strlen(linkage) == n && strncmp(frame, linkage, n) == 0;
}

/* Whether FUNCTION begins the coroutine with this FRAME. */
static bool begins(const struct debug_function *function, const char *frame, const struct symbols *symbols)
{
	if (coroutine__is_begun_by(frame, function->linkage_name))
		return true;
	for (size_t k = 0; symbols && k < function->n_instances; k++)
		if (!function->instances[k].inlined &&
		    coroutine__is_begun_by(frame, symbols__at(symbols, function->instances[k].entry)))
			return true;
	return false;
}

/*
 * Index of the candidate that begins the coroutine with this FRAME, which goes on in a function of this NAME: by the
 * linkage name or, where that is lost, by NAME if only one has it. N if none does.
 */
static size_t find_beginning(const struct function_candidate *candidates, size_t n, const char *frame, const char *name,
			     const struct symbols *symbols)
{
	size_t found = n, n_found = 0;

	for (size_t j = 0; j < n; j++) {
		const struct debug_function *function = &candidates[j].function;

		if (candidates[j].frame)
			continue;
		if (begins(function, frame, symbols))
			return j;
		if (!function->n_instances || *function->linkage_name || strcmp(function->name, name) != 0)
			continue;
		found = j;
		n_found++;
	}
	return n_found == 1 ? found : n;
}

int coroutine__join(struct function_candidate *candidates, size_t n, size_t n_selectors, const struct symbols *symbols)
{
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		const char *frame = candidates[i].frame;
		size_t j = frame ? find_beginning(candidates, n, frame, candidates[i].function.name, symbols) : n;

		if (j < n)
			err = function_choice__join(&candidates[j], &candidates[i], n_selectors);
	}
	return err;
}

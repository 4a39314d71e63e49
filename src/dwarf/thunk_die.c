// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/thunk_die.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/die_name.h"
#include "dwarf/thunk.h"

enum { MAX_DEPTH = 64 };

/* Whether a child of DIE is an inlined body of the function whose mangled name is NAME. */
static bool inlines(Dwarf_Die *die, const char *name)
{
	Dwarf_Die child;

	if (dwarf_child(die, &child) != 0)
		return false;
	do {
		const char *linkage = dwarf_tag(&child) == DW_TAG_inlined_subroutine ? die_name__linkage(&child) : NULL;

		if (linkage && strcmp(linkage, name) == 0)
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* Whether DIE, or what it is an instance of, refers to a DIE by attribute NAME: *TO. */
static bool refers(Dwarf_Die *die, unsigned name, Dwarf_Die *to)
{
	Dwarf_Attribute attribute;

	return dwarf_formref_die(dwarf_attr_integrate(die, name, &attribute), to) != NULL;
}

static bool is_virtual(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	dwarf_formudata(dwarf_attr_integrate(die, DW_AT_virtuality, &attribute), &value);
	return value != DW_VIRTUALITY_none;
}

/* Whether an object of class TYPE has a base that does not begin where it does: a second or a virtual one. */
static bool has_other_base(Dwarf_Die *type, unsigned depth)
{
	Dwarf_Die child, base;
	unsigned n = 0;

	if (depth > MAX_DEPTH || dwarf_child(type, &child) != 0)
		return false;
	do {
		if (dwarf_tag(&child) != DW_TAG_inheritance)
			continue;
		if (++n > 1 || is_virtual(&child) ||
		    (refers(&child, DW_AT_type, &base) && has_other_base(&base, depth + 1)))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

bool thunk_die__may_have_any(Dwarf_Die *die)
{
	Dwarf_Die type;

	return is_virtual(die) && refers(die, DW_AT_containing_type, &type) && has_other_base(&type, 0);
}

bool thunk_die__may_hold_copy(Dwarf_Die *die)
{
	const char *linkage = die_name__linkage(die);
	const char *name = linkage ? linkage : die_name__bare(die);
	char *function = name && thunk__is_covariant(name) ? thunk__function(name) : NULL;
	bool may = function && !inlines(die, function);

	free(function);
	return may;
}

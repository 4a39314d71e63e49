// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/thunk_die.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/die_name.h"
#include "dwarf/thunk.h"

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

bool thunk_die__may_hold_copy(Dwarf_Die *die)
{
	const char *linkage = die_name__linkage(die);
	const char *name = linkage ? linkage : die_name__bare(die);
	char *function = name && thunk__is_covariant(name) ? thunk__function(name) : NULL;
	bool may = function && !inlines(die, function);

	free(function);
	return may;
}

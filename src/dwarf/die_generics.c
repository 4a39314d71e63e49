// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_generics.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"

/* As many scopes and children are looked at: a damaged or a hostile program may have any number. */
enum { MOST_SCOPES = 16, MOST_CHILDREN = 4096 };

struct generics {
	const char **names;
	size_t n, capacity;
};

static bool is_generic(Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_template_type_parameter:
	case DW_TAG_template_value_parameter:
	case DW_TAG_GNU_template_template_param:
	case DW_TAG_GNU_template_parameter_pack:
		return true;
	default:
		return false;
	}
}

/* Adds the names among DIE's children, and a NULL that the next call takes back. */
static int add_children(struct generics *generics, Dwarf_Die *die)
{
	Dwarf_Die child;
	unsigned seen = 0;

	if (dwarf_child(die, &child) != 0)
		return 0;
	do {
		const char *name = is_generic(&child) ? dwarf_diename(&child) : NULL;

		if (!name)
			continue;
		if (grow__one(&generics->names, &generics->capacity, generics->n + 1, sizeof(*generics->names)))
			return -ENOMEM;
		generics->names[generics->n++] = name;
		generics->names[generics->n] = NULL;
	} while (++seen < MOST_CHILDREN && dwarf_siblingof(&child, &child) == 0);
	return 0;
}

const char **die_generics__read(struct die_scopes *scopes, Dwarf_Die *die, bool classes)
{
	struct generics generics = {.names = NULL};
	Dwarf_Die scope = *die;
	int err = add_children(&generics, die);

	for (int i = 0; classes && i < MOST_SCOPES && !err && die_name__scope(scopes, &scope, &scope); i++) {
		int tag = dwarf_tag(&scope);

		if (tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type)
			err = add_children(&generics, &scope);
		scope = die_name__root(&scope);
	}
	if (!err)
		return generics.names;
	free(generics.names);
	return NULL;
}

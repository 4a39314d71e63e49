// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_generics.h"

#include <ctype.h>
#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* As many scopes and children are looked at: a damaged or a hostile program may have any number. */
enum { MOST_SCOPES = 16, MOST_CHILDREN = 4096 };

/* What is to be done with a parameter; returns 0 or an error that ends it. */
typedef int visit_fn(Dwarf_Die *generic, void *ctx);

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

static int visit_children(Dwarf_Die *die, visit_fn *fn, void *ctx)
{
	Dwarf_Die child;
	unsigned seen = 0;
	int err = 0;

	if (dwarf_child(die, &child) != 0)
		return 0;
	do
		err = is_generic(&child) ? fn(&child, ctx) : 0;
	while (!err && ++seen < MOST_CHILDREN && dwarf_siblingof(&child, &child) == 0);
	return err;
}

/* Visits the parameters of the function DIE and, if CLASSES, of the classes around it. */
static int visit_all(struct die_scopes *scopes, Dwarf_Die *die, bool classes, visit_fn *fn, void *ctx)
{
	Dwarf_Die scope = *die;
	int err = visit_children(die, fn, ctx);

	for (int i = 0; classes && i < MOST_SCOPES && !err && die_name__scope(scopes, &scope, &scope); i++) {
		int tag = dwarf_tag(&scope);

		if (tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type)
			err = visit_children(&scope, fn, ctx);
		scope = die_name__root(&scope);
	}
	return err;
}

struct generics {
	const char **names;
	size_t n, capacity;
};

/* Adds the parameter's name, and a NULL that the next call takes back. */
static int add_name(Dwarf_Die *generic, void *ctx)
{
	struct generics *generics = ctx;
	const char *name = dwarf_diename(generic);

	if (!name)
		return 0;
	if (grow__one(&generics->names, &generics->capacity, generics->n + 1, sizeof(*generics->names)))
		return -ENOMEM;
	generics->names[generics->n++] = name;
	generics->names[generics->n] = NULL;
	return 0;
}

const char **die_generics__read(struct die_scopes *scopes, Dwarf_Die *die, bool classes)
{
	struct generics generics = {.names = NULL};

	if (!visit_all(scopes, die, classes, add_name, &generics))
		return generics.names;
	free(generics.names);
	return NULL;
}

/* Sets *TYPE to the type of DIE, without `const` and other names for it. */
static bool find_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	*type = *die;
	for (int i = 0; i < MOST_SCOPES; i++) {
		if (!dwarf_formref_die(dwarf_attr_integrate(type, DW_AT_type, &attr), type))
			return false;
		if (dwarf_tag(type) != DW_TAG_typedef && dwarf_tag(type) != DW_TAG_const_type)
			return true;
	}
	return false;
}

static bool get_value(Dwarf_Die *die, Dwarf_Sword *value)
{
	Dwarf_Attribute attr;

	return dwarf_formsdata(dwarf_attr(die, DW_AT_const_value, &attr), value) == 0;
}

/* The enumerator of the enumeration TYPE that is VALUE, or NULL. */
static const char *find_enumerator(Dwarf_Die *type, Dwarf_Sword value)
{
	Dwarf_Die child;
	Dwarf_Sword at;

	if (dwarf_tag(type) != DW_TAG_enumeration_type || dwarf_child(type, &child) != 0)
		return NULL;
	do
		if (dwarf_tag(&child) == DW_TAG_enumerator && get_value(&child, &at) && at == value)
			return dwarf_diename(&child);
	while (dwarf_siblingof(&child, &child) == 0);
	return NULL;
}

struct speller {
	struct die_scopes *scopes;
	char *name;
	bool changed;
};

/* Replaces the first "(ENUMERATION)NUMBER" in the name, if it has one, by "ENUMERATION::ENUMERATOR". */
static int replace_cast(struct speller *speller, const char *cast, const char *type, const char *enumerator)
{
	char *found = strstr(speller->name, cast), *result;

	if (!found || isdigit((unsigned char)found[strlen(cast)]))
		return 0;
	if (asprintf(&result, "%.*s%s::%s%s", (int)(found - speller->name), speller->name, type, enumerator,
		     found + strlen(cast)) < 0)
		return -ENOMEM;
	free(speller->name);
	speller->name = result;
	speller->changed = true;
	return 0;
}

static int spell_enumerator(Dwarf_Die *generic, void *ctx)
{
	struct speller *speller = ctx;
	const char *enumerator;
	char *path, *cast = NULL;
	Dwarf_Die type;
	Dwarf_Sword value;
	int err = -ENOMEM;

	if (!get_value(generic, &value) || !find_type(generic, &type))
		return 0;
	enumerator = find_enumerator(&type, value);
	if (!enumerator)
		return 0;
	type = die_name__root(&type);
	path = die_name__qualified(speller->scopes, &type);
	if (path && asprintf(&cast, "(%s)%lld", path, (long long)value) < 0)
		cast = NULL;
	if (cast)
		err = replace_cast(speller, cast, path, enumerator);
	free(cast);
	free(path);
	return err;
}

char *die_generics__spell(struct die_scopes *scopes, Dwarf_Die *die, const char *name)
{
	struct speller speller = {.scopes = scopes, .name = strdup(name)};

	if (speller.name && !visit_all(scopes, die, true, spell_enumerator, &speller) && speller.changed)
		return speller.name;
	free(speller.name);
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A DIE does not know its parent. So the DIEs that are scopes (namespaces, types, functions) are listed once
 * for each unit, by offset, each with the offset at which it ends: the scopes around a DIE are those whose extent holds
 * its offset. The lists of a few units are kept. When they have become many, all are thrown away, since a search
 * through a large object needs each list only for a moment.
 */
#include "dwarf/die_name.h"

#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"

enum { MAX_CHAIN = 16, MAX_DEPTH = 256, MAX_KEPT = 1 << 19, MAX_KEPT_UNITS = 64 };

struct scope {
	Dwarf_Die die;
	Dwarf_Off begin, end;
	size_t parent; /* index, or SIZE_MAX */
};

struct unit_scopes {
	void *unit; /* address of the unit's DIE in memory, unique among files */
	struct scope *items;
	size_t n, capacity;
	char **inlines; /* paths of the inline namespaces, up to a NULL; NULL if there are none */
};

struct die_scopes {
	struct unit_scopes *units;
	size_t n, capacity;
	size_t total;
};

struct die_scopes *die_scopes__new(void)
{
	return calloc(1, sizeof(struct die_scopes));
}

static void release(struct unit_scopes *unit)
{
	for (size_t i = 0; unit->inlines && unit->inlines[i]; i++)
		free(unit->inlines[i]);
	free(unit->inlines);
	free(unit->items);
	*unit = (struct unit_scopes){.items = NULL};
}

static void forget(struct die_scopes *scopes)
{
	for (size_t i = 0; i < scopes->n; i++)
		release(&scopes->units[i]);
	scopes->n = 0;
	scopes->total = 0;
}

void die_scopes__free(struct die_scopes *scopes)
{
	if (!scopes)
		return;
	forget(scopes);
	free(scopes->units);
	free(scopes);
}

/* Goes one step up DIE's chain of origins. */
static bool origin(Dwarf_Die *die, Dwarf_Die *result)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) && !dwarf_attr(die, DW_AT_specification, &attribute))
		return false;
	return dwarf_formref_die(&attribute, result) != NULL;
}

Dwarf_Die die_name__root(Dwarf_Die *die)
{
	Dwarf_Die root = *die;
	Dwarf_Die next;

	for (int i = 0; i < MAX_CHAIN && origin(&root, &next); i++)
		root = next;
	return root;
}

/* The string that the first DIE of the chain carries as one of two attributes. */
static const char *chain_string(Dwarf_Die *die, unsigned name, unsigned other_name)
{
	Dwarf_Die current = *die;

	for (int i = 0; i < MAX_CHAIN; i++) {
		Dwarf_Attribute attribute;
		const char *text = NULL;

		if (dwarf_attr(&current, name, &attribute) || dwarf_attr(&current, other_name, &attribute))
			text = dwarf_formstring(&attribute);
		if (text)
			return text;
		if (!origin(&current, &current))
			break;
	}
	return NULL;
}

const char *die_name__bare(Dwarf_Die *die)
{
	return chain_string(die, DW_AT_name, DW_AT_name);
}

const char *die_name__linkage(Dwarf_Die *die)
{
	return chain_string(die, DW_AT_linkage_name, DW_AT_MIPS_linkage_name);
}

static bool is_scope(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	       tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type || tag == DW_TAG_module ||
	       tag == DW_TAG_interface_type || tag == DW_TAG_subprogram;
}

static int list_scopes(struct unit_scopes *unit, Dwarf_Die *die, size_t parent, unsigned depth)
{
	Dwarf_Die child;
	size_t previous = SIZE_MAX;
	int err = 0;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		int tag = dwarf_tag(&child);
		size_t index = parent;

		if (previous != SIZE_MAX)
			unit->items[previous].end = dwarf_dieoffset(&child);
		previous = SIZE_MAX;
		if (!dwarf_haschildren(&child) || (!is_scope(tag) && tag != DW_TAG_lexical_block))
			continue;
		if (is_scope(tag)) {
			err = grow__one(&unit->items, &unit->capacity, unit->n, sizeof(*unit->items));
			if (err)
				break;
			index = previous = unit->n++;
			unit->items[index] = (struct scope){child, dwarf_dieoffset(&child), UINT64_MAX, parent};
		}
		err = list_scopes(unit, &child, index, depth + 1);
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

static const char *scope_name(Dwarf_Die *die)
{
	const char *name = die_name__bare(die);

	if (name)
		return name;
	return dwarf_tag(die) == DW_TAG_namespace ? "(anonymous namespace)" : "(anonymous)";
}

/* "a::b" for the scope at INDEX; owned by the caller. NULL when out of memory. */
static char *scope_path(struct unit_scopes *unit, size_t index)
{
	char *path = strdup(scope_name(&unit->items[index].die));

	for (size_t i = unit->items[index].parent; path && i != SIZE_MAX; i = unit->items[i].parent) {
		char *longer;

		if (asprintf(&longer, "%s::%s", scope_name(&unit->items[i].die), path) < 0)
			longer = NULL;
		free(path);
		path = longer;
	}
	return path;
}

static int list_inlines(struct unit_scopes *unit)
{
	size_t n = 0;

	for (size_t i = 0; i < unit->n; i++) {
		Dwarf_Die *die = &unit->items[i].die;
		int err;

		if (dwarf_tag(die) != DW_TAG_namespace || !dwarf_hasattr(die, DW_AT_export_symbols) ||
		    !dwarf_hasattr(die, DW_AT_name))
			continue;
		err = grow__counted(&unit->inlines, n, 2, sizeof(*unit->inlines));
		if (err)
			return err;
		unit->inlines[n] = scope_path(unit, i);
		if (!unit->inlines[n])
			return -ENOMEM;
		unit->inlines[++n] = NULL;
	}
	return 0;
}

static struct unit_scopes *get_unit(struct die_scopes *scopes, Dwarf_Die *unit_die)
{
	struct unit_scopes unit = {.unit = unit_die->addr};

	for (size_t i = scopes->n; i > 0; i--)
		if (scopes->units[i - 1].unit == unit_die->addr)
			return &scopes->units[i - 1];
	if (grow__one(&scopes->units, &scopes->capacity, scopes->n, sizeof(unit)))
		return NULL;
	if (list_scopes(&unit, unit_die, SIZE_MAX, 0) || list_inlines(&unit)) {
		release(&unit);
		return NULL;
	}
	/* The last child of a scope ends with it, which was not known yet. */
	for (size_t i = 0; i < unit.n; i++) {
		struct scope *scope = &unit.items[i];

		if (scope->parent != SIZE_MAX && scope->end > unit.items[scope->parent].end)
			scope->end = unit.items[scope->parent].end;
	}
	scopes->total += unit.n;
	scopes->units[scopes->n] = unit;
	return &scopes->units[scopes->n++];
}

bool die_name__scope(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *result)
{
	Dwarf_Off offset = dwarf_dieoffset(die);
	const struct unit_scopes *unit;
	Dwarf_Die unit_die;
	size_t behind;

	if (!dwarf_diecu(die, &unit_die, NULL, NULL))
		return false;
	unit = get_unit(scopes, &unit_die);
	if (!unit || !unit->n)
		return false;
	behind = SORTED_FROM(unit->items, unit->n, begin, offset);
	for (size_t i = behind - 1; i != SIZE_MAX; i = unit->items[i].parent) {
		if (unit->items[i].end > offset) {
			*result = unit->items[i].die;
			return true;
		}
	}
	return false;
}

static bool is_c(Dwarf_Die *die)
{
	Dwarf_Die unit;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return false;
	switch (dwarf_srclang(&unit)) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

char *die_name__qualified(struct die_scopes *scopes, Dwarf_Die *die)
{
	const char *name = die_name__bare(die);
	Dwarf_Die current = *die;
	char *result;

	if (!name)
		name = die_name__linkage(die);
	result = name ? strdup(name) : NULL;
	if (!result || is_c(die))
		return result;
	for (int i = 0; i < MAX_DEPTH && die_name__scope(scopes, &current, &current); i++) {
		char *longer;
		int length = asprintf(&longer, "%s::%s", scope_name(&current), result);

		free(result);
		if (length < 0)
			return NULL;
		result = longer;
		/* A class that is defined outside of its namespace or class is declared inside. */
		current = die_name__root(&current);
	}
	if (scopes->total > MAX_KEPT || scopes->n > MAX_KEPT_UNITS)
		forget(scopes);
	return result;
}

const char *const *die_name__inlines(struct die_scopes *scopes, Dwarf_Die *die)
{
	Dwarf_Die unit_die;
	const struct unit_scopes *unit = dwarf_diecu(die, &unit_die, NULL, NULL) ? get_unit(scopes, &unit_die) : NULL;

	return unit ? (const char *const *)unit->inlines : NULL;
}

Dwarf_Die die_name__place(struct die_scopes *scopes, Dwarf_Die *die, Dwarf_Die *root)
{
	Dwarf_Die scope;
	int line;

	if (dwarf_decl_line(die, &line) == 0 || !die_name__scope(scopes, root, &scope) ||
	    dwarf_tag(&scope) == DW_TAG_namespace || dwarf_decl_line(&scope, &line))
		return *die;
	return scope;
}

/* Not dwarf_decl_file(), which aborts where the line table is missing or damaged. */
const char *die_name__file(Dwarf_Die *die)
{
	Dwarf_Die current = *die;
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Die unit;
	Dwarf_Word index;
	size_t n;

	for (int i = 0; i < MAX_CHAIN && !dwarf_attr(&current, DW_AT_decl_file, &attribute); i++)
		if (!origin(&current, &current))
			return NULL;
	if (dwarf_formudata(dwarf_attr(&current, DW_AT_decl_file, &attribute), &index) ||
	    !dwarf_diecu(&current, &unit, NULL, NULL) || dwarf_getsrcfiles(&unit, &files, &n) || index >= n)
		return NULL;
	return dwarf_filesrc(files, index, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_spelling.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/die_generics.h"
#include "dwarf/die_language.h"
#include "target/name_tokens.h"

/* Whether SYMBOL, a mangled name, can be that of a function called BARE: code that was made one has one symbol. */
static bool has_name(const char *symbol, const char *bare)
{
	const char *word = *bare == '~' ? bare + 1 : bare;
	size_t length = strcspn(word, "<");

	return strncmp(bare, "operator", strlen("operator")) == 0 || memmem(symbol, strlen(symbol), word, length);
}

/*
 * GCC gives what other files cannot call no linkage name: the functions of lambdas, static ones, and those in anonymous
 * namespaces. The symbol table tells such overloads apart.
 */
static const char *local_symbol(const struct objfile *obj, Dwarf_Die *die, const char *bare)
{
	Dwarf_Addr entry;
	const char *symbol;

	if (!bare || dwarf_tag(die) != DW_TAG_subprogram || dwarf_lowpc(die, &entry))
		return NULL;
	symbol = objfile__callee_name(obj, entry);
	return symbol && strncmp(symbol, "_Z", 2) == 0 && has_name(symbol, bare) ? symbol : NULL;
}

/* Finds among DIE's children, and in its namespaces, the last function that begins in FILE not after *LINE. */
static void find_before(Dwarf_Die *die, const char *file, int line, int *best, Dwarf_Die *found)
{
	Dwarf_Die child;

	if (dwarf_child(die, &child) != 0)
		return;
	do {
		const char *name = die_name__bare(&child);
		int begin;

		if (dwarf_tag(&child) == DW_TAG_namespace)
			find_before(&child, file, line, best, found);
		if (dwarf_tag(&child) != DW_TAG_subprogram || !name || *name == '.' ||
		    dwarf_decl_line(&child, &begin) || begin > line || begin < *best || !die_name__file(&child) ||
		    strcmp(die_name__file(&child), file) != 0)
			continue;
		*best = begin;
		*found = child;
	} while (dwarf_siblingof(&child, &child) == 0);
}

/*
 * "par.omp_outlined" for the ".omp_outlined." of a parallel region in par, as later versions of Clang call it. The
 * function around it is told from the lines.
 */
static char *outlined_name(struct die_scopes *scopes, Dwarf_Die *die, const char *bare)
{
	Dwarf_Die unit, found;
	int line, best = 0;
	const char *file;
	char *around, *name = NULL;

	if (strncmp(bare, ".omp_outlined", strlen(".omp_outlined")) != 0 || dwarf_decl_line(die, &line) ||
	    !dwarf_diecu(die, &unit, NULL, NULL))
		return NULL;
	file = die_name__file(die);
	if (file)
		find_before(&unit, file, line, &best, &found);
	if (!best)
		return NULL;
	found = die_name__root(&found);
	around = die_name__qualified(scopes, &found);
	if (around && asprintf(&name, "%s%s", around, bare) < 0)
		name = NULL;
	free(around);
	return name;
}

/* Free Pascal does not say in which unit a function is, but the unit's file bears its name. */
static char *in_pascal_unit(Dwarf_Die *die, const char *name)
{
	const char *path, *slash, *dot;
	Dwarf_Die unit;
	char *result;

	if (!dwarf_diecu(die, &unit, NULL, NULL) || dwarf_srclang(&unit) != DW_LANG_Pascal83 || !name)
		return NULL;
	path = dwarf_diename(&unit);
	if (!path)
		return NULL;
	slash = strrchr(path, '/');
	path = slash ? slash + 1 : path;
	dot = strrchr(path, '.');
	if (asprintf(&result, "%.*s.%s", (int)(dot ? (size_t)(dot - path) : strlen(path)), path, name) < 0)
		return NULL;
	return result;
}

/*
 * Rust: "<Circle as Shape>::twice" for "Shape::twice<Circle>", the function that a trait gives all its types. Its first
 * parameter is the type.
 */
static char *trait_name(const char *const *generics, const char *qualified, const char *bare)
{
	const char *list = strchr(bare, '<');
	size_t trait = strlen(qualified) - strlen(bare);
	char *name;

	if (!generics || strcmp(generics[0], "Self") != 0 || !list || strlen(qualified) < strlen(bare) + 2 || trait < 2)
		return NULL;
	if (asprintf(&name, "<%.*s as %.*s>::%.*s", (int)name_tokens__argument(list + 1, list + strlen(list)), list + 1,
		     (int)trait - 2, qualified, (int)(list - bare), bare) < 0)
		return NULL;
	return name;
}

void die_spelling__read(struct die_spelling *spelling, struct die_scopes *scopes, const struct objfile *obj,
			Dwarf_Die *die, Dwarf_Die *root, const struct debug_function *function, bool generics)
{
	const char *bare = die_name__bare(die);
	const char *own = die_name__linkage(die);
	const char *mangled = *function->linkage_name ? function->linkage_name : own;
	const struct name_style *style = die_language__style(root, bare);

	if (!mangled && style == &name_style_c)
		mangled = local_symbol(obj, die, bare);
	spelling->respelled = style->respell && bare ? style->respell(bare) : NULL;
	if (!spelling->respelled && bare)
		spelling->respelled = outlined_name(scopes, root, bare);
	if (!spelling->respelled)
		spelling->respelled = in_pascal_unit(root, function->name);
	spelling->generics = NULL;
	if (style->generics || (generics && strchr(function->name, '<')))
		spelling->generics = die_generics__read(scopes, root, !style->generics);
	if (!spelling->respelled && style == &name_style_c && generics && strchr(function->name, ')'))
		spelling->respelled = die_generics__spell(scopes, root, function->name);
	if (!spelling->respelled && style->generics && bare)
		spelling->respelled = trait_name(spelling->generics, function->name, bare);
	spelling->names = (struct function_names){
		.bare = bare,
		.qualified = function->name,
		.linkage = mangled,
		.body_linkage = own,
		.respelled = spelling->respelled,
		.style = style,
		.generics = spelling->generics,
		.inlines = die_name__inlines(scopes, root),
	};
}

void die_spelling__release(struct die_spelling *spelling)
{
	free(spelling->respelled);
	free(spelling->generics);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A compiler makes several bodies of one function in these ways:
 *
 * - GCC splits a function into a head, which it inlines, and the rest, a body whose symbol has ".part." in its name.
 *   The rest may be inlined into the head again, even twice. All of these have one abstract origin. What tells such an
 *   inlined part from real recursion is the place of its call: it is that of the function's declaration, column
 *   included, where no call can be written.
 * - A constructor or destructor has variants, which are told apart by a digit in their mangled names. The one that
 *   deletes the object calls the one for complete objects, which may call the one for bases. GCC gives inlined
 *   instances the name for all variants ('4').
 * - A coroutine begins in one body and goes on in others, to which it leaves its symbol with a suffix.
 * - Clones for constant arguments and the like are bodies in their own right: each activation is in one of them.
 */
#include "dwarf/function_part.h"

#include <dwarf.h>
#include <string.h>

#include "dwarf/coroutine.h"
#include "dwarf/die_name.h"

static bool number_of(Dwarf_Die *die, unsigned attribute, Dwarf_Word *number)
{
	Dwarf_Attribute found;

	return dwarf_attr_integrate(die, attribute, &found) && dwarf_formudata(&found, number) == 0;
}

/* Whether both attributes have the same number, or are both missing. */
static bool are_equal(Dwarf_Die *die, unsigned call, unsigned declaration)
{
	Dwarf_Word left = 0, right = 0;
	bool has_left = number_of(die, call, &left), has_right = number_of(die, declaration, &right);

	return has_left == has_right && left == right;
}

static bool is_called_at_declaration(Dwarf_Die *die)
{
	Dwarf_Word line;

	return number_of(die, DW_AT_call_line, &line) && are_equal(die, DW_AT_call_line, DW_AT_decl_line) &&
	       are_equal(die, DW_AT_call_column, DW_AT_decl_column);
}

/*
 * GCC's name for all variants does not tell which of them is inlined. That which deletes the object begins with the one
 * for complete objects; a recursive one has a condition before.
 */
static bool begins_with(Dwarf_Die *around, Dwarf_Die *child)
{
	Dwarf_Addr left, right;

	return dwarf_tag(around) == DW_TAG_inlined_subroutine && dwarf_entrypc(around, &left) == 0 &&
	       dwarf_entrypc(child, &right) == 0 && left == right;
}

static bool are_namesakes(Dwarf_Die *left, Dwarf_Die *right)
{
	const char *name = die_name__bare(left), *other = die_name__bare(right);

	return name && other && strcmp(name, other) == 0;
}

bool function_part__is_inlined(Dwarf_Die *child, Dwarf_Die *around)
{
	Dwarf_Die root = die_name__root(child);
	char outer, inner;

	if (root.addr != die_name__root(around).addr)
		return coroutine__frame(&root) && are_namesakes(child, around);
	outer = function_part__variant(die_name__linkage(around));
	inner = function_part__variant(die_name__linkage(child));
	return is_called_at_declaration(child) || function_part__wraps(outer, inner) ||
	       (outer == '4' && inner == '4' && begins_with(around, child));
}

enum function_part function_part__of_symbol(const char *symbol)
{
	static const char *const suffixes[] = {".actor", ".resume", ".destroy", ".cleanup"};
	size_t length = symbol ? strlen(symbol) : 0;

	if (!symbol)
		return PART_NONE;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (length > n && strcmp(symbol + length - n, suffixes[i]) == 0)
			return PART_RESUMING;
	}
	return strstr(symbol, ".part.") ? PART_SPLIT : PART_NONE;
}

/* Where the digit is, or NULL. Scopes and types of parameters may look alike: the function's own name is the last. */
static const char *find_variant(const char *linkage)
{
	const char *found = NULL;

	if (!linkage || strncmp(linkage, "_Z", 2) != 0)
		return NULL;
	for (const char *c = linkage + 2; (c = strpbrk(c, "CD")); c++)
		if (c[1] >= '0' && c[1] <= '5' && c[2] == 'E')
			found = c + 1;
	return found;
}

char function_part__variant(const char *linkage)
{
	const char *digit = find_variant(linkage);

	return digit ? *digit : 0;
}

bool function_part__are_variants(const char *left, const char *right)
{
	const char *digit = find_variant(left);
	size_t n = digit ? (size_t)(digit - left) : 0;

	return digit && strncmp(left, right, n) == 0 && find_variant(right) == right + n &&
	       strcmp(digit + 1, right + n + 1) == 0;
}

bool function_part__wraps(char outer, char inner)
{
	return inner && ((outer == '0' && inner != '0') || (outer == '1' && inner == '2'));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The symbol table has all names of a piece of code. Debug information differs by who made several functions
 * one. For an alias there is no DIE. GCC (-fipa-icf) leaves a DIE without code, and rows of the function that it kept
 * only. gold leaves all DIEs with the same code, and lld one; both leave the rows of all functions, at the same
 * addresses. Among these, the rows of one function are told by their lines: a function's own lie between its
 * declaration and that of the next one in the file that shares its code.
 */
#include "dwarf/same_code.h"

#include <ctype.h>
#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "dwarf/die_name.h"
#include "elf/demangle.h"

enum { MAX_DEPTH = 256, MAX_SHOWN = 8 };

/* Whether NAME, up to AT, ends as before the digit of a constructor or destructor: C, CI (an inherited one) or D. */
static bool is_before_digit(const char *name, size_t at)
{
	return at > 1 && (name[at - 1] == 'C' || name[at - 1] == 'D' || (name[at - 1] == 'I' && name[at - 2] == 'C'));
}

/* Whether the names are of two constructors (or destructors) of one class: ...C1E..., ...C2E... */
static bool are_constructors(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	return strncmp(a, "_Z", 2) == 0 && is_before_digit(a, at) && isdigit((unsigned char)a[at]) &&
	       isdigit((unsigned char)b[at]) && strcmp(a + at + 1, b + at + 1) == 0;
}

/* Whether NAME is LENGTH bytes long, or is a copy of such a name that the compiler made (name.localalias). */
static bool is_name(const char *name, const char *own, size_t length)
{
	return strncmp(name, own, length) == 0 && (!name[length] || name[length] == '.');
}

static bool is_own(const char *name, const struct debug_function *function)
{
	const char *linkage = function->linkage_name;
	const char *bare = strrchr(function->name, ':');

	bare = bare ? bare + 1 : function->name;
	return is_name(name, function->name, strlen(function->name)) || is_name(name, bare, strlen(bare)) ||
	       (*linkage && (is_name(name, linkage, strlen(linkage)) || are_constructors(name, linkage)));
}

/* Whether the list has NAME already, or the name of which it is a copy, or another constructor of it. */
static bool is_listed(const struct same_code *same, const char *name)
{
	for (size_t i = 0; i < same->n; i++)
		if (is_name(name, same->names[i], strlen(same->names[i])) || are_constructors(name, same->names[i]))
			return true;
	return false;
}

int same_code__find(const struct symbols *symbols, uint64_t entry, const struct debug_function *function,
		    struct same_code *out)
{
	bool own = false, labels = true;

	*out = (struct same_code){NULL, 0};
	for (size_t i = symbols__from(symbols, entry); i < symbols__count(symbols); i++) {
		const struct objfile_symbol *symbol = symbols__get(symbols, i);

		if (symbol->vaddr != entry)
			break;
		/* A label beside the symbol of a function is a mark of the compiler's, as where its code begins. */
		labels = labels && symbol->kind != SYMBOL_FUNCTION;
		if (symbol->kind != SYMBOL_FUNCTION && (symbol->kind != SYMBOL_LABEL || !labels))
			continue;
		if (is_own(symbol->name, function)) {
			own = true;
			continue;
		}
		if (is_listed(out, symbol->name))
			continue;
		if (grow__counted(&out->names, out->n, 1, sizeof(*out->names)))
			return -ENOMEM;
		out->names[out->n++] = symbol->name;
	}
	/* One of the names is the function's own, though debug information writes it otherwise (Pascal, Fortran). */
	if (!own && out->n)
		out->n--;
	return 0;
}

void same_code__clear(struct same_code *same)
{
	free(same->names);
	*same = (struct same_code){NULL, 0};
}

static void print_name(const char *name, FILE *out)
{
	char *demangled = demangle__name(name);

	fputs(demangled ? demangled : name, out);
	free(demangled);
}

int same_code__note(const struct same_code *same, struct debug_function *function)
{
	size_t shown = same->n < MAX_SHOWN ? same->n : MAX_SHOWN;
	char *text = NULL;
	size_t size;
	FILE *out;
	int err;

	if (!same->n)
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	fputs(function->name, out);
	for (size_t i = 0; i < shown; i++) {
		fputs(i + 1 == same->n ? " and " : ", ", out);
		print_name(same->names[i], out);
	}
	if (shown < same->n)
		fprintf(out, " and %zu more", same->n - shown);
	err = fclose(out) ? -ENOMEM : 0;
	if (!err)
		err = debug_function__add_note(function,
					       "%s are the same code: aliases, or functions that the compiler or the "
					       "linker made one; the figures are those of all of them together",
					       text);
	free(text);
	return err;
}

static bool is_definition(Dwarf_Die *die)
{
	return !dwarf_hasattr(die, DW_AT_declaration) &&
	       (dwarf_hasattr(die, DW_AT_low_pc) || dwarf_hasattr(die, DW_AT_ranges) ||
		dwarf_hasattr(die, DW_AT_inline));
}

static bool is_named(const struct same_code *same, Dwarf_Die *die)
{
	const char *linkage = die_name__linkage(die);
	const char *name = linkage ? linkage : die_name__bare(die);

	for (size_t i = 0; i < same->n && name; i++)
		if (strcmp(same->names[i], name) == 0)
			return true;
	return false;
}

/* Finds the least declaration line behind the function's own of the functions below DIE that share its code. */
static void find_next(const struct same_code *same, Dwarf_Die *die, const char *file, uint32_t line, uint32_t *next,
		      unsigned depth)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return;
	do {
		int tag = dwarf_tag(&child);
		int other = 0;

		if (tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
		    tag == DW_TAG_class_type) {
			find_next(same, &child, file, line, next, depth + 1);
			continue;
		}
		if (tag != DW_TAG_subprogram || !is_definition(&child) || !is_named(same, &child) ||
		    dwarf_decl_line(&child, &other) || other <= 0 || (uint32_t)other <= line)
			continue;
		if (!*next || (uint32_t)other < *next)
			*next = (uint32_t)other;
	} while (dwarf_siblingof(&child, &child) == 0);
}

struct line_window same_code__window(const struct same_code *same, Dwarf_Die *unit,
				     const struct debug_function *function)
{
	struct line_window window = {function->line, 0};

	if (!same->n || !function->line)
		return (struct line_window){0, 0};
	find_next(same, unit, function->file, function->line, &window.end, 0);
	return window;
}

bool same_code__may_be_folded(Dwarf_Die *die)
{
	return dwarf_hasattr(die, DW_AT_low_pc) && !dwarf_hasattr(die, DW_AT_declaration);
}

/* Whether the line table has a row of the function's own file, not before its declaration, at ADDR. */
static bool has_row(Dwarf_Die *unit, const struct debug_function *function, uint64_t addr)
{
	struct line_rows rows;
	bool found = false;

	if (line_rows__open(&rows, unit, function->file, NULL))
		return false;
	for (size_t row = line_table__above(&rows.table, addr);
	     row > 0 && line_table__address(&rows.table, row - 1) == addr; row--) {
		Dwarf_Line *line = dwarf_onesrcline(rows.table.rows, row - 1);
		uint32_t number;
		int text_line = 0;

		dwarf_lineno(line, &text_line);
		number = line_rows__number(&rows, dwarf_linesrc(line, NULL, NULL), text_line);
		found = found || (number && number >= function->line);
	}
	line_rows__close(&rows);
	return found;
}

const struct objfile_symbol *same_code__folded(const struct symbol_names *symbols, Dwarf_Die *die, Dwarf_Die *unit,
					       const struct debug_function *function)
{
	const char *name = die_name__linkage(die);
	const struct objfile_symbol *const *named;
	Dwarf_Addr lo, hi;
	size_t n;

	if (!name)
		name = die_name__bare(die);
	if (!name || dwarf_lowpc(die, &lo) || dwarf_highpc(die, &hi))
		return NULL;
	named = symbol_names__find(symbols, name, &n);
	for (size_t i = 0; i < n; i++)
		if (named[i]->size == hi - lo && has_row(unit, function, named[i]->vaddr))
			return named[i];
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * GCC marks the beginnings of statements since version 8 when it optimises (-gstatement-frontiers), for C and C++. Rows
 * in between, which change the line because of a moved instruction, are then no statements. A compiler that makes no
 * such rows does not tell the two apart. A small function may happen to have none of them; so the options that GCC
 * writes into DW_AT_producer count as well.
 */
#include "dwarf/compiled.h"

#include <dwarf.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

/* DW_AT_producer of the unit of DIE, "" when it has none. */
static const char *producer_of(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *producer = NULL;
	Dwarf_Die unit;

	if (dwarf_diecu(die, &unit, NULL, NULL))
		producer = dwarf_formstring(dwarf_attr(&unit, DW_AT_producer, &attribute));
	return producer ? producer : "";
}

/* Whether the last -O option in PRODUCER, if there is any, is not -O0. */
static bool has_optimisation(const char *producer)
{
	const char *last = NULL;

	for (const char *at = producer; (at = strstr(at, " -O")); at++)
		last = at;
	return last && strncmp(last, " -O0", 4) != 0;
}

/* Whether a row of the ranges changes the line and is no statement. */
static bool has_other_rows(const struct line_table *table, const struct addr_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t before = 0;
		size_t row = line_table__above(table, ranges[i].lo - 1);

		for (; row < table->n && line_table__address(table, row) < ranges[i].hi; row++) {
			struct line_row at = line_table__read(table, row);

			if (before && at.number && at.number != before && !at.is_stmt && !at.end)
				return true;
			before = at.number;
		}
	}
	return false;
}

bool compiled__marks_statements(struct line_rows *rows, const struct addr_range *ranges, size_t n)
{
	const char *producer = producer_of(rows->die);

	if (strncmp(producer, "GNU ", 4) != 0)
		return false;
	if (strncmp(producer, "GNU C", 5) == 0 && has_optimisation(producer))
		return true;
	return has_other_rows(&rows->table, ranges, n);
}

/* Whether the variable DIE is not, or not all the time, in one place of the frame. */
static bool is_moved(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Block block;

	if (dwarf_hasattr(die, DW_AT_declaration) || dwarf_hasattr_integrate(die, DW_AT_external))
		return false;
	if (!dwarf_attr(die, DW_AT_location, &attribute))
		return true;
	return dwarf_formblock(&attribute, &block) != 0;
}

/* If the program is PLAIN, see is_plain(), an inlined call in DIE does not mean that DIE is optimised. */
static bool has_moved_variable(Dwarf_Die *die, bool plain, unsigned depth)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine && !plain)
			return true;
		if ((tag == DW_TAG_formal_parameter || tag == DW_TAG_variable) && is_moved(&child))
			return true;
		if (tag == DW_TAG_lexical_block && has_moved_variable(&child, plain, depth + 1))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* Whether PRODUCER tells GCC's options, and none of them optimises: it still inlines what is to be inlined always. */
static bool is_plain(const char *producer)
{
	return strncmp(producer, "GNU ", 4) == 0 && strstr(producer, " -m") && !has_optimisation(producer);
}

bool compiled__is_optimised(Dwarf_Die *die)
{
	const char *producer = producer_of(die);
	bool plain = is_plain(producer);

	/* A single function may be optimised all the same, by an attribute. */
	return (dwarf_tag(die) == DW_TAG_inlined_subroutine && !plain) || has_optimisation(producer) ||
	       has_moved_variable(die, plain, 0);
}

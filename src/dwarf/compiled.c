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

enum { MAX_DEPTH = 64, MOST_VARIABLES = 20000 };

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

bool compiled__by_gcc(Dwarf_Die *die)
{
	return !strncmp(producer_of(die), "GNU ", 4);
}

/* Whether the last -O option in PRODUCER, if there is any, is not -O0. */
static bool has_optimisation(const char *producer)
{
	const char *last = NULL;

	for (const char *at = producer; (at = strstr(at, " -O")); at++)
		last = at;
	return last && strncmp(last, " -O0", 4) != 0;
}

/* The last of the options OPTIONS, N of them, that is a word of PRODUCER: its index. N: it has none of them. */
static size_t last_option(const char *producer, const char *const *options, size_t n)
{
	const char *last = NULL;
	size_t found = n;

	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(options[i]);

		for (const char *at = producer; (at = strstr(at, options[i])); at += length)
			if (at > last && at > producer && at[-1] == ' ' && (!at[length] || at[length] == ' ')) {
				last = at;
				found = i;
			}
	}
	return found;
}

/* Whether GCC, optimising C or C++ with the options of PRODUCER, makes marks: not by itself with little information. */
static bool makes_marks(const char *producer)
{
	static const char *const frontiers[] = {"-gno-statement-frontiers", "-gstatement-frontiers"};
	static const char *const levels[] = {"-g1", "-ggdb1", "-g", "-ggdb", "-g2", "-ggdb2", "-g3", "-ggdb3"};
	static const char *const scheduling[] = {"-fselective-scheduling", "-fselective-scheduling2"};
	size_t asked = last_option(producer, frontiers, 2);

	if (asked < 2)
		return asked == 1;
	return last_option(producer, levels, sizeof(levels) / sizeof(*levels)) >= 2 &&
	       last_option(producer, scheduling, 2) == 2;
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
		return makes_marks(producer);
	return has_other_rows(&rows->table, ranges, n);
}

/* Whether a variable is in a register for as long as there is code of it. */
static bool is_in_register(Dwarf_Attribute *location)
{
	Dwarf_Op *ops;
	size_t n;

	return dwarf_getlocation(location, &ops, &n) == 0 && n == 1 &&
	       ((ops->atom >= DW_OP_reg0 && ops->atom <= DW_OP_reg31) || ops->atom == DW_OP_regx);
}

/*
 * Whether the variable DIE is not, or not all the time, in one place of the frame. LLVM has it there unless it
 * optimises; GCC keeps what is declared `register` in one all the same.
 */
static bool is_moved(Dwarf_Die *die, bool llvm)
{
	Dwarf_Attribute attribute;
	Dwarf_Block block;

	if (dwarf_hasattr(die, DW_AT_declaration) || dwarf_hasattr_integrate(die, DW_AT_external))
		return false;
	if (!dwarf_attr(die, DW_AT_location, &attribute))
		return true;
	return dwarf_formblock(&attribute, &block) != 0 || (llvm && is_in_register(&attribute));
}

/* If the program is PLAIN, see is_plain(), an inlined call in DIE does not mean that DIE is optimised. */
static bool has_moved_variable(Dwarf_Die *die, bool plain, bool llvm, unsigned depth)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return false;
	do {
		int tag = dwarf_tag(&child);

		if (tag == DW_TAG_inlined_subroutine && !plain)
			return true;
		if ((tag == DW_TAG_formal_parameter || tag == DW_TAG_variable) && is_moved(&child, llvm))
			return true;
		if (tag == DW_TAG_lexical_block && has_moved_variable(&child, plain, llvm, depth + 1))
			return true;
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

/* Whether PRODUCER tells GCC's options, and none of them optimises: it still inlines what is to be inlined always. */
static bool is_plain(const char *producer)
{
	return strncmp(producer, "GNU ", 4) == 0 && strstr(producer, " -m") && !has_optimisation(producer);
}

static bool is_llvm(const char *producer)
{
	return strstr(producer, "clang") || strstr(producer, "rustc") || strstr(producer, "LLVM");
}

/* What the functions of a unit tell of how it was compiled. */
struct evidence {
	uint32_t n_moved;  /* variables and parameters that are in several places */
	uint32_t n_placed; /* those that are in one */
	bool types;	   /* there is more than lines */
};

static void look_at_variable(Dwarf_Die *die, struct evidence *evidence)
{
	Dwarf_Attribute attribute;
	Dwarf_Block block;

	if (!dwarf_attr(die, DW_AT_location, &attribute))
		return;
	if (dwarf_formblock(&attribute, &block) == 0)
		evidence->n_placed++;
	else
		evidence->n_moved++;
}

static bool has_code(Dwarf_Die *die)
{
	return dwarf_hasattr(die, DW_AT_low_pc) || dwarf_hasattr(die, DW_AT_ranges);
}

/* Looks at all functions below DIE that have code, and at what is in them. */
static void look_for_evidence(Dwarf_Die *die, bool in_code, unsigned depth, struct evidence *evidence)
{
	Dwarf_Die child;

	if (depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_subprogram:
			look_for_evidence(&child, has_code(&child), depth + 1, evidence);
			break;
		case DW_TAG_formal_parameter:
		case DW_TAG_variable:
			if (in_code)
				look_at_variable(&child, evidence);
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_namespace:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
			look_for_evidence(&child, in_code, depth + 1, evidence);
			break;
		case DW_TAG_base_type:
		case DW_TAG_pointer_type:
			evidence->types = true;
			break;
		default:
			break;
		}
	} while (evidence->n_moved + evidence->n_placed < MOST_VARIABLES && dwarf_siblingof(&child, &child) == 0);
}

/*
 * Whether the unit of DIE, compiled by LLVM, was optimised. A function without variables of its own does not tell. (At
 * -O0, a few variables of Rust's move all the same.) Where the debug information has lines only, nothing may tell. That
 * is what people let clang and rustc make for optimised programs, so such units are taken for optimised: at worst,
 * exact hits are marked as if they were not.
 */
static bool is_unit_optimised(Dwarf_Die *die, struct compiled_unit *known)
{
	struct evidence evidence = {0};
	Dwarf_Die unit;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return false;
	if (known->addr != unit.addr) {
		look_for_evidence(&unit, false, 0, &evidence);
		known->addr = unit.addr;
		known->optimised = evidence.n_moved > evidence.n_placed || !evidence.types;
	}
	return known->optimised;
}

/* Whether DIE, which LLVM compiled, says that it describes its calls. Clang lets it do so where it optimises. */
static bool describes_calls(Dwarf_Die *die)
{
	return dwarf_hasattr_integrate(die, DW_AT_call_all_calls) ||
	       dwarf_hasattr_integrate(die, DW_AT_GNU_all_call_sites);
}

bool compiled__is_optimised(Dwarf_Die *die, struct compiled_unit *unit)
{
	const char *producer = producer_of(die);
	bool plain = is_plain(producer), llvm = is_llvm(producer);

	/* A single function may be optimised all the same, by an attribute. */
	return (dwarf_tag(die) == DW_TAG_inlined_subroutine && !plain) || has_optimisation(producer) ||
	       has_moved_variable(die, plain, llvm, 0) || (llvm && describes_calls(die)) ||
	       (unit && llvm && is_unit_optimised(die, unit));
}

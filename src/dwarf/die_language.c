// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/die_language.h"

#include <dwarf.h>
#include <stddef.h>
#include <string.h>

/* Languages that <dwarf.h> may not know yet. */
enum { LANG_ZIG = 0x27, LANG_ADA2005 = 0x2e, LANG_ADA2012 = 0x2f, LANG_FORTRAN18 = 0x2d };

static const struct {
	int language;
	const struct name_style *style;
} styles[] = {
	{DW_LANG_Ada83, &name_style_ada},
	{DW_LANG_Ada95, &name_style_ada},
	{LANG_ADA2005, &name_style_ada},
	{LANG_ADA2012, &name_style_ada},
	{DW_LANG_Fortran77, &name_style_any_case_dots},
	{DW_LANG_Fortran90, &name_style_any_case_dots},
	{DW_LANG_Fortran95, &name_style_any_case_dots},
	{DW_LANG_Fortran03, &name_style_any_case_dots},
	{DW_LANG_Fortran08, &name_style_any_case_dots},
	{LANG_FORTRAN18, &name_style_any_case_dots},
	{DW_LANG_Pascal83, &name_style_any_case_dots},
	{DW_LANG_Modula2, &name_style_dots},
	{DW_LANG_Modula3, &name_style_dots},
	{DW_LANG_Cobol74, &name_style_any_case},
	{DW_LANG_Cobol85, &name_style_any_case},
	{DW_LANG_D, &name_style_dots},
	{DW_LANG_Java, &name_style_dots},
	{DW_LANG_Python, &name_style_dots},
	{DW_LANG_Go, &name_style_go},
	{DW_LANG_Haskell, &name_style_dots},
	{DW_LANG_OCaml, &name_style_ocaml},
	{DW_LANG_Rust, &name_style_rust},
	{DW_LANG_Swift, &name_style_dots},
	{LANG_ZIG, &name_style_dots},
};

/* Nim's compiler writes C, into files called "@mmodule.nim.c". */
static bool is_nim(Dwarf_Die *unit)
{
	const char *name = dwarf_diename(unit);

	return name && strstr(name, ".nim.c");
}

const struct name_style *die_language__style(Dwarf_Die *die, const char *bare)
{
	Dwarf_Die unit;
	int language;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return &name_style_c;
	language = dwarf_srclang(&unit);
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (styles[i].language == language)
			return styles[i].style;
	/* OCaml's compiler leaves the debug information to the assembler. */
	if (language == DW_LANG_Mips_Assembler && bare && name_style__is_ocaml(bare))
		return &name_style_ocaml;
	return is_nim(&unit) ? &name_style_nim : &name_style_c;
}

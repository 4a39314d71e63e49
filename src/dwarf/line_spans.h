/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_spans: the source line of every byte of code of one instance of a function.
 */
#ifndef LPROF_LINE_SPANS_H
#define LPROF_LINE_SPANS_H

#include <elfutils/libdw.h>

#include "dwarf/compiled.h"
#include "dwarf/debug_function.h"
#include "dwarf/line_rows.h"
#include "dwarf/stray_code.h"

/* What an instance's lines are read from. */
struct line_source {
	Dwarf_Die *die;			 /* the instance's: a subprogram or inlined subroutine */
	const struct stray_code *strays; /* of the body that it is in; NULL: none */
	struct compiled_unit *unit;	 /* as for compiled__is_optimised() */
};

/*
 * Fills instance->lines from the line table of the compilation unit that holds source->die, as debug_function.h
 * describes them. FUNCTION is the instance's, whose file and line are known; FILES has the numbers of lines of other
 * files. Lines outside of WINDOW are not its own, unless that is all zeros. Returns 0 (n_lines of 0 when no row is
 * known in its ranges) or -ENOMEM.
 */
int line_spans__build(const struct line_source *source, const struct debug_function *function, struct line_files *files,
		      const struct line_window *window, struct debug_instance *instance);

#endif

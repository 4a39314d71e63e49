/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line_files: what is kept of source files while the functions of an object are read. */
#ifndef LPROF_LINE_FILES_H
#define LPROF_LINE_FILES_H

#include "dwarf/debug_places.h"
#include "dwarf/function_extents.h"

/* Must be zeroed at first. Its parts are released one by one. */
struct line_files {
	struct debug_places places;	 /* the lines of functions that are not in the functions' own files */
	struct function_extents extents; /* where the functions are that files declare */
};

#endif

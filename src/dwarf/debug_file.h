/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_file: an object's debug information, opened: in the object itself or in a file of its own, with the supplement
 * and the split units that belong to it.
 */
#ifndef LPROF_DEBUG_FILE_H
#define LPROF_DEBUG_FILE_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "base/diag.h"
#include "elf/objfile.h"
#include "elf/symbols.h"
#include "files/target_files.h"

struct debug_file;

/* How much an object's debug information is worth. */
enum debuginfo_need {
	DEBUGINFO_AT_HAND,  /* what is on this machine; none is no error, and nothing is said */
	DEBUGINFO_WANTED,   /* also from debuginfod servers (files/debuginfod.h); none is no error */
	DEBUGINFO_REQUIRED, /* likewise; none is an error, and is said */
};

/* As debuginfo__open(). */
int debug_file__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
		     const struct diag *diag, struct debug_file **out);
void debug_file__close(struct debug_file *file); /* NULL is allowed */

/* Whether a part of it is in a file that cannot be read, which was said when FILE was opened. */
bool debug_file__is_partial(const struct debug_file *file);

Dwarf *debug_file__dwarf(const struct debug_file *file); /* borrowed */

/*
 * Sets *skeleton to the unit DIE at OFFSET, and *unit to the DIE of the unit that it stands for: itself unless that was
 * split off. That a split unit cannot be read is noted once, and *unit is the skeleton then. False: the unit is
 * damaged.
 */
bool debug_file__unit(struct debug_file *file, Dwarf_Off offset, Dwarf_Die *unit, Dwarf_Die *skeleton);

/* Opens the files of all split units: from now on debug_file__unit() opens none. */
void debug_file__open_splits(struct debug_file *file);

/* Sets *out to the symbols of the object: a stripped one has left them in its debug file. 0 or -ENOMEM. */
int debug_file__symbols(struct debug_file *file, const struct symbols **out);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit_index: which compilation units have code at an address, and their functions. The units are told by the ranges
 * that they give themselves, since .debug_aranges is often missing. Only units that are asked for are read.
 */
#ifndef LPROF_UNIT_INDEX_H
#define LPROF_UNIT_INDEX_H

#include <elfutils/libdw.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_file.h"
#include "dwarf/debug_function.h"
#include "dwarf/unit_bodies.h"
#include "elf/objfile.h"

struct unit_index;

/* One range of a unit's code. */
struct unit_range {
	struct addr_range range;
	uint64_t reach; /* private: the largest hi up to here */
	size_t unit;	/* number of the unit, from 0 on */
};

/*
 * Reads the first DIE of each unit of FILE, the debug information of OBJ. Both must outlive the index. 0, -EINVAL
 * (damaged) or -ENOMEM.
 */
int unit_index__new(struct debug_file *file, const struct objfile *obj, struct unit_index **out);
void unit_index__free(struct unit_index *index); /* NULL is allowed */

/* Sets *bodies to the functions of the unit with this number, which INDEX keeps. 0, -EINVAL (damaged) or -ENOMEM. */
int unit_index__bodies(struct unit_index *index, size_t unit, struct unit_bodies **bodies);

/* The same for the unit that holds DIE. -ENOENT: it is not in the index. */
int unit_index__bodies_of(struct unit_index *index, Dwarf_Die *die, struct unit_bodies **bodies);

/*
 * The ranges that hold ADDR, one after the other: BEFORE is the one that was returned last, NULL at first. NULL: there
 * is none more. Several units have code at one address where a linker made functions one.
 */
const struct unit_range *unit_index__at(const struct unit_index *index, uint64_t addr, const struct unit_range *before);

#endif

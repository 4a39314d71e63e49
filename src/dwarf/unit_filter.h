/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit_filter: which compilation units can hold what is looked for, told from their bytes without
 * reading them as DWARF.
 */
#ifndef LPROF_UNIT_FILTER_H
#define LPROF_UNIT_FILTER_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unit_filter;

struct unit {
	Dwarf_Off offset, end; /* in .debug_info */
	Dwarf_Off die;	       /* offset of the unit's DIE */
	bool wanted;	       /* marked by the functions below, cleared by who has read it */
	bool read;	       /* set by who has read it: is not marked again */
};

/* Lists the units of DWARF. Returns 0 and a filter owned by the caller, -EINVAL (damaged) or -ENOMEM. */
int unit_filter__new(Dwarf *dwarf, struct unit_filter **out);
void unit_filter__free(struct unit_filter *filter); /* NULL is allowed */

struct unit *unit_filter__units(struct unit_filter *filter, size_t *n);

/* Marks all units that are not read. */
void unit_filter__want_all(struct unit_filter *filter);

/* Marks the units that may hold an entity called NAME (also with template arguments). 0 or -ENOMEM. */
int unit_filter__want_name(struct unit_filter *filter, const char *name);

/* Marks the units whose line table may name a file whose path ends in the last component of FILE. 0 or -ENOMEM. */
int unit_filter__want_file(struct unit_filter *filter, const char *file);

/* Marks the units that have code at one of the N addresses, which are sorted. 0 or -ENOMEM. */
int unit_filter__want_addresses(struct unit_filter *filter, const uint64_t *addresses, size_t n);

/*
 * Marks the units that may refer to one of the N DIEs at OFFSETS (sorted here) of other units. Cheap when
 * no unit of the object refers to another. 0 or -ENOMEM.
 */
int unit_filter__want_references(struct unit_filter *filter, Dwarf_Off *offsets, size_t n);

#endif

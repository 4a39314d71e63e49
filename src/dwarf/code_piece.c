// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/code_piece.h"

#include <dwarf.h>
#include <stdlib.h>

#include "dwarf/die_ranges.h"

/* The ranges of DIE that are code of the object, sorted and joined; *first is where the first one given began. */
static int code_ranges(const struct objfile *obj, Dwarf_Die *die, struct addr_range **out, size_t *n, uint64_t *first)
{
	struct addr_range *ranges;
	size_t kept = 0;
	size_t joined = 0;
	int err = die_ranges__read(die, &ranges, n);

	*out = ranges;
	if (err)
		return err;
	/* Sections that the linker dropped leave ranges at address 0 and other places without code. */
	for (size_t i = 0; i < *n; i++)
		if (ranges[i].lo && objfile__is_code(obj, ranges[i].lo) && objfile__is_code(obj, ranges[i].hi - 1))
			ranges[kept++] = ranges[i];
	*n = kept;
	if (!kept)
		return 0;
	*first = ranges[0].lo;
	qsort(ranges, kept, sizeof(*ranges), addr_range__compare);
	for (size_t i = 1; i < kept; i++) {
		if (ranges[i].lo > ranges[joined].hi)
			ranges[++joined] = ranges[i];
		else if (ranges[i].hi > ranges[joined].hi)
			ranges[joined].hi = ranges[i].hi;
	}
	*n = joined + 1;
	return 0;
}

static const struct addr_range *find_range(const struct code_piece *piece, uint64_t vaddr)
{
	for (size_t i = 0; i < piece->n_ranges; i++)
		if (vaddr >= piece->ranges[i].lo && vaddr < piece->ranges[i].hi)
			return &piece->ranges[i];
	return NULL;
}

bool code_piece__holds(const struct code_piece *piece, uint64_t vaddr)
{
	return find_range(piece, vaddr) != NULL;
}

uint64_t code_piece__end(const struct code_piece *piece)
{
	const struct addr_range *range = find_range(piece, piece->entry);

	return range ? range->hi : piece->entry;
}

/*
 * Where DIE's code is entered: DW_AT_entry_pc, which is an address or an offset from the lowest one, or else
 * DW_AT_low_pc. If there is neither, or it is outside of the code (GCC's entry of an inlined function may lie before
 * it), it is the beginning of the first range, which is in OWN already.
 */
static uint64_t entry_of(Dwarf_Die *die, const struct code_piece *own)
{
	Dwarf_Attribute attribute;
	Dwarf_Addr low = own->entry;
	Dwarf_Addr entry;
	Dwarf_Word offset;

	if (dwarf_hasattr(die, DW_AT_low_pc))
		dwarf_lowpc(die, &low);
	entry = low;
	if (dwarf_attr(die, DW_AT_entry_pc, &attribute) && dwarf_formaddr(&attribute, &entry))
		entry = dwarf_formudata(&attribute, &offset) == 0 ? low + offset : low;
	return code_piece__holds(own, entry) ? entry : own->entry;
}

int code_piece__read(const struct objfile *obj, Dwarf_Die *die, struct code_piece *piece)
{
	int err = code_ranges(obj, die, &piece->ranges, &piece->n_ranges, &piece->entry);

	if (!err && piece->n_ranges)
		piece->entry = entry_of(die, piece);
	return err;
}

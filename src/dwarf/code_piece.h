/* SPDX-License-Identifier: GPL-2.0-or-later */
/* code_piece: the code that one DIE describes: an out-of-line body, or one place where a function was inlined. */
#ifndef LPROF_CODE_PIECE_H
#define LPROF_CODE_PIECE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dwarf/debug_function.h"
#include "elf/objfile.h"

struct code_piece {
	struct addr_range *ranges; /* sorted, disjoint; to be freed with free() */
	size_t n_ranges;	   /* 0: the DIE describes no code of the object; then ENTRY means nothing */
	uint64_t entry;
};

/* Reads the code of OBJ that DIE describes. 0 or -ENOMEM. */
int code_piece__read(const struct objfile *obj, Dwarf_Die *die, struct code_piece *piece);

bool code_piece__holds(const struct code_piece *piece, uint64_t vaddr);

/* Where the range of the code ends in which it is entered. */
uint64_t code_piece__end(const struct code_piece *piece);

#endif
